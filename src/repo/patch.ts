// What changed within a block, as the pages that differ from an earlier one of the same place. Pure.

/** PostgreSQL's pages, whatever BLCKSZ it was built with: a unit of comparing only. */
const page = 8192;
/** Length of the new block. */
const head = 4;

const pagesOf = (length: number): number => Math.ceil(length / page);
const mapOf = (length: number): number => Math.ceil(pagesOf(length) / 8);

/**
 * The length of `now`, a bit for each of its pages that differs from that of `before`, and those pages. Undefined where more than half of them differ:
 * then the block is kept whole, for reading it back takes one frame instead of two.
 */
export function makePatch(before: Buffer, now: Buffer): Buffer | undefined {
  const pages = pagesOf(now.length);
  const changed: number[] = [];
  for (let at = 0; at < pages; at += 1) {
    if (samePage(before, now, at)) continue;
    changed.push(at);
    if (changed.length * 2 > pages) return undefined;
  }
  const start = head + mapOf(now.length);
  const length = changed.reduce((sum, at) => sum + Math.min(page, now.length - at * page), start);
  const patch = Buffer.alloc(length);
  patch.writeUInt32BE(now.length, 0);
  let to = start;
  for (const at of changed) {
    const byte = head + (at >> 3);
    patch[byte] = (patch[byte] ?? 0) | (1 << (at & 7));
    to += now.copy(patch, to, at * page, (at + 1) * page);
  }
  return patch;
}

/** The block that {@link makePatch} was given. Undefined where `patch` is none, or not of this block. */
export function applyPatch(before: Buffer, patch: Buffer): Buffer | undefined {
  if (patch.length < head) return undefined;
  const length = patch.readUInt32BE(0);
  let from = head + mapOf(length);
  if (from > patch.length) return undefined;
  const now = Buffer.alloc(length);
  for (let at = 0; at < pagesOf(length); at += 1) {
    const start = at * page;
    const end = Math.min(length, start + page);
    const isNew = ((patch[head + (at >> 3)] ?? 0) & (1 << (at & 7))) !== 0;
    const copied = isNew ? patch.copy(now, start, from, from + end - start) : before.copy(now, start, start, end);
    if (copied !== end - start) return undefined;
    if (isNew) from += copied;
  }
  return from === patch.length ? now : undefined;
}

function samePage(before: Buffer, now: Buffer, at: number): boolean {
  const start = at * page;
  const end = Math.min(now.length, start + page);
  return end <= before.length && now.compare(before, start, end, start, end) === 0;
}
