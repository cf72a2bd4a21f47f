// One pack, read frame by frame: each proven by itself, to be the block that backups take it for, and to fit what is patched with it.

import { Damage } from './damage.ts';
import { frameHead, frameHeadLength, frameLimit } from './frame.ts';
import { inOrder } from './in-order.ts';
import { headerLength } from './object-header.ts';
import type { PackRef } from './pack-refs.ts';
import { applyPatch } from './patch.ts';
import { readFrame } from './read-block.ts';
import type { ClusterRepository } from './repository.ts';
import type { StoreName } from './store.ts';

/** Frames under way at once. */
const width = 4;
const readAhead = 4 * frameLimit;

export interface PackHurt {
  /** Not always the pack that is read: a patch may build on a block of another one. */
  readonly pack: StoreName;
  readonly from: number;
  readonly to: number;
  readonly what: string;
  readonly missing: boolean;
}

export interface PackHands {
  readonly hurt: (hurt: PackHurt) => void;
  /** Bytes of the pack that were read, and whether they were a block. */
  readonly read: (bytes: number, blocks: number) => void;
  readonly halt: () => void;
}

/**
 * @param refs in the order of their places; what lies between them is proven as well, unless `only` they are wanted
 */
export async function verifyPack(
  repo: ClusterRepository,
  pack: StoreName,
  refs: readonly PackRef[],
  { hurt, read, halt }: PackHands,
  only: boolean,
): Promise<void> {
  const told = (from: number, to: number) => (damage: Damage) => {
    hurt(hurtBy(damage, { pack, from, to }));
  };
  const header = await repo.store.getRange(pack, 0, headerLength);
  if (header === undefined) {
    hurt({ pack, from: 0, to: Infinity, what: 'is not there', missing: true });
    return;
  }
  await caught(
    () => {
      repo.vault.checkHeader(header, 'pack', pack);
      return Promise.resolve();
    },
    told(0, headerLength),
  );
  const frames = only ? namedFrames(repo, pack, refs) : allFrames(repo, pack, refs);
  const proven = inOrder(frames, width, async frame => {
    halt();
    const { offset, length } = frame;
    if ('what' in frame) hurt({ pack, from: offset, to: offset + length, what: frame.what, missing: false });
    else {
      await caught(() => proveFrame(repo, pack, frame), told(offset, offset + length));
      read(length, frame.refs.length > 0 ? 1 : 0);
    }
  });
  while ((await proven.next()).done !== true);
}

interface FoundFrame {
  readonly offset: number;
  readonly length: number;
  readonly bytes: Buffer;
  /** None: no backup refers to it any more. */
  readonly refs: readonly PackRef[];
}

/** Bytes that are no frame. */
interface NoFrame {
  readonly offset: number;
  readonly length: number;
  readonly what: string;
}

async function* namedFrames(
  repo: ClusterRepository,
  pack: StoreName,
  refs: readonly PackRef[],
): AsyncGenerator<FoundFrame | NoFrame> {
  for (const [offset, same] of byPlace(refs)) {
    const length = same[0]?.length ?? 0;
    const bytes = (await repo.store.getRange(pack, offset, length)) ?? Buffer.alloc(0);
    yield bytes.length < length ? cutOff(offset, offset + bytes.length) : { offset, length, bytes, refs: same };
  }
}

/** Where the head of a frame cannot be read, the next one that somebody refers to is gone to. */
async function* allFrames(
  repo: ClusterRepository,
  pack: StoreName,
  refs: readonly PackRef[],
): AsyncGenerator<FoundFrame | NoFrame> {
  let held: Buffer = Buffer.alloc(0);
  let from = 0;
  const at = async (offset: number, length: number): Promise<Buffer> => {
    if (offset < from || offset + length > from + held.length) {
      held = (await repo.store.getRange(pack, offset, Math.max(length, readAhead))) ?? Buffer.alloc(0);
      from = offset;
    }
    return held.subarray(offset - from, offset - from + length);
  };
  let place = headerLength;
  for (const [offset, same] of byPlace(refs)) {
    yield* unnamed(at, place, offset);
    const length = same[0]?.length ?? 0;
    const bytes = await at(offset, length);
    if (bytes.length < length) {
      yield cutOff(offset, offset + bytes.length);
      return;
    }
    yield { offset, length, bytes, refs: same };
    place = offset + length;
  }
  yield* unnamed(at, place, Infinity);
}

/** Frames between two places that nobody refers to. */
async function* unnamed(
  at: (offset: number, length: number) => Promise<Buffer>,
  from: number,
  to: number,
): AsyncGenerator<FoundFrame | NoFrame> {
  for (let place = from; place < to;) {
    const start = await at(place, Math.min(frameHeadLength, to - place));
    if (start.length === 0 && to === Infinity) return;
    const length = frameHead(start)?.length;
    const bytes = length === undefined || place + length > to ? undefined : await at(place, length);
    if (length === undefined || bytes === undefined || bytes.length < length) {
      yield { offset: place, length: to - place, what: 'what lies there is no frame' };
      return;
    }
    yield { offset: place, length, bytes, refs: [] };
    place += length;
  }
}

const cutOff = (offset: number, end: number): NoFrame => ({
  offset,
  length: Infinity,
  what: `cut off after ${end} bytes`,
});

/** Places and all that is said of each. */
function* byPlace(refs: readonly PackRef[]): Generator<readonly [number, readonly PackRef[]]> {
  for (let at = 0; at < refs.length;) {
    const offset = refs[at]?.offset ?? 0;
    let next = at + 1;
    while (refs[next]?.offset === offset) next += 1;
    yield [offset, refs.slice(at, next)];
    at = next;
  }
}

async function proveFrame(repo: ClusterRepository, pack: StoreName, { bytes, refs }: FoundFrame): Promise<void> {
  const hashes = refs.flatMap(({ hash }) => hash ?? []);
  const raw = await repo.vault.open(bytes, 'pack', pack, hashes[0]);
  if (hashes.some(hash => !hash.equals(hashes[0] ?? hash)))
    throw new Damage(pack, 'two backups take what lies there for different blocks');
  for (const { patch } of refs) {
    if (patch === null) continue;
    const { whole } = patch;
    const before = await readFrame(repo, whole, 'what is patched').catch((error: unknown) => {
      throw error instanceof Damage ? new BaseDamage(error, whole.offset, whole.offset + whole.length) : error;
    });
    const patched = applyPatch(before, raw);
    if (patched === undefined || !(await repo.works.hash(patched)).equals(patch.hash))
      throw new Damage(pack, 'a patch does not make the block that it was made for');
  }
}

/** What a patch builds on cannot be read: the patch itself is as it was. */
class BaseDamage extends Damage {
  readonly from: number;
  readonly to: number;

  constructor({ object, message }: Damage, from: number, to: number) {
    super(object, message.slice(object.length + 2));
    this.from = from;
    this.to = to;
  }
}

function hurtBy(damage: Damage, own: Pick<PackHurt, 'pack' | 'from' | 'to'>): PackHurt {
  const what = damage.message.slice(damage.object.length + 2);
  if (!(damage instanceof BaseDamage)) return { ...own, what, missing: false };
  return { pack: damage.object, from: damage.from, to: damage.to, what, missing: what.startsWith('is not there') };
}

async function caught(act: () => Promise<void>, told: (damage: Damage) => void): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    told(error);
  }
}
