// The vault over a store: objects as a header, frames one after the other, and an end.

import { Damage, type ObjectKind } from './damage.ts';
import { alone, type FramePlace, frameHead, frameHeadLength, frameLimit, makeFrame, openFrame } from './frame.ts';
import { inOrder, inPieces } from './in-order.ts';
import { checkHeader, headerLength, objectHeader } from './object-header.ts';
import type { Content, Store, StoreName } from './store.ts';
import type { Vault } from './vault.ts';
import type { Works } from './works.ts';

/** Blocks under way at once, so that both cores and the disk have something to do. */
const width = 4;
/** Read from the store at once. */
const readAhead = 4 * frameLimit;

/** @param key null where the repository is not encrypted */
export function openVault(store: Store, works: Works, key: Buffer | null): Vault {
  const encrypted = key !== null;
  const header = (kind: ObjectKind, name: StoreName): Buffer => objectHeader(kind, name, encrypted);

  async function* written(name: StoreName, kind: ObjectKind, content: Content): AsyncGenerator<Uint8Array> {
    yield header(kind, name);
    const pieces = inPieces(content instanceof Uint8Array ? [content] : content, frameLimit);
    let number = 0;
    const frames = inOrder(pieces, width, piece => makeFrame(works, key, piece, { name, kind, number: number++ }));
    for await (const frame of frames) yield* frame;
    yield* await makeFrame(works, key, new Uint8Array(0), { name, kind, number }, { end: true });
  }

  async function* proven(name: StoreName, kind: ObjectKind, frames: AsyncIterable<Found>): AsyncGenerator<Buffer> {
    for await (const { raw } of inOrder(frames, width, async ({ frame, place, end }) => ({
      raw: await openFrame(works, key, frame, place, { end }),
    }))) {
      if (raw.length > 0) yield raw;
    }
  }

  const read = async (name: StoreName, kind: ObjectKind): Promise<AsyncGenerator<Buffer> | undefined> => {
    const first = await store.getRange(name, 0, readAhead);
    if (first === undefined) return undefined;
    checkHeader(first, kind, name, encrypted);
    return proven(name, kind, framesOf(store, name, kind, first));
  };

  return {
    store,
    put: (name, kind, content) => store.put(name, written(name, kind, content)),
    putIfAbsent: (name, kind, content) => store.putIfAbsent(name, written(name, kind, content)),
    read,
    async get(name, kind) {
      const pieces = await read(name, kind);
      if (pieces === undefined) return undefined;
      const all: Buffer[] = [];
      for await (const piece of pieces) all.push(piece);
      return all.length === 1 && all[0] ? all[0] : Buffer.concat(all);
    },
    header,
    checkHeader: (bytes, kind, name) => checkHeader(bytes, kind, name, encrypted),
    // A journal lives until its segment is full, a second later perhaps, and is compressed then: twice would be half of a receiver's compressing.
    sealed: (raw, kind, name, hash) =>
      makeFrame(works, key, raw, { name, kind, number: alone }, { hash, pack: kind !== 'partial' }),
    open: (frame, kind, name, hash) => openFrame(works, key, frame, { name, kind, number: alone }, { hash }),
  };
}

interface Found {
  readonly frame: Buffer;
  readonly place: FramePlace;
  readonly end: boolean;
}

/** Cuts what the store gives into frames. Throws {@link Damage} where one is cut off, or something lies behind the end. */
async function* framesOf(store: Store, name: StoreName, kind: ObjectKind, first: Buffer): AsyncGenerator<Found> {
  let held = first.subarray(headerLength);
  let offset = first.length;
  let last = first.length < readAhead;
  for (let number = 0; ; number += 1) {
    const head = (): ReturnType<typeof frameHead> => frameHead(held);
    while (!last && held.length < (head()?.length ?? frameHeadLength)) {
      const more = (await store.getRange(name, offset, readAhead)) ?? Buffer.alloc(0);
      last = more.length < readAhead;
      offset += more.length;
      held = Buffer.concat([held, more]);
    }
    const found = head();
    if (found === undefined && held.length >= frameHeadLength) throw new Damage(name, 'what lies there is no frame');
    if (found === undefined || held.length < found.length) throw new Damage(name, `cut off after ${offset} bytes`);
    yield { frame: held.subarray(0, found.length), place: { name, kind, number }, end: found.end };
    held = held.subarray(found.length);
    if (!found.end) continue;
    if (held.length > 0 || !(last || ((await store.getRange(name, offset, 1))?.length ?? 0) === 0))
      throw new Damage(name, 'more bytes than were put there');
    return;
  }
}
