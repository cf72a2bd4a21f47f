// WAL of a segment that is not full yet: a journal that only grows, each piece of it durable before it is acknowledged.

import { Fault } from '../faults.ts';
import { type Lsn, lsn } from '../postgres/lsn.ts';
import { frameHead, frameHeadLength, frameLimit } from './frame.ts';
import { headerLength } from './object-header.ts';
import { quarantineStored } from './quarantine.ts';
import type { ClusterRepository } from './repository.ts';
import type { Growing, StoreName } from './store.ts';
import { Damage } from './vault.ts';

/** Raw bytes of a frame: where its WAL begins (64 bits, big-endian), then the WAL. */
const placeSize = 8;
const maxPiece = frameLimit - placeSize;
/** Of the journal, read at once; more than any frame. */
const window = 4 * frameLimit;

/** How far a journal can be read, in bytes of it, and what lies behind. */
export interface JournalEnd {
  readonly size: number;
  /**
   * `torn`: the piece that was being written when somebody pulled the plug; it was never acknowledged. `damaged`: what was
   * acknowledged cannot be read any more, for one piece at most can be torn.
   */
  readonly rest: 'none' | 'torn' | 'damaged';
}

/**
 * The WAL in a journal, piece by piece from `start` on, each proven. Throws Damage where it is the journal of something else.
 * An absent one is an empty one.
 */
export async function* readJournal(
  repo: ClusterRepository,
  object: StoreName,
  start: Lsn,
): AsyncGenerator<Buffer, JournalEnd> {
  const bytes = new Window(repo, object);
  const header = await bytes.at(0, headerLength);
  if (header.length < headerLength) return { size: 0, rest: header.length === 0 ? 'none' : 'torn' };
  repo.vault.checkHeader(header, 'partial', object);
  let end: bigint = start;
  for (let size = headerLength; ;) {
    let { head, frame } = await frameAt(bytes, size);
    if (head.length === 0) return { size, rest: 'none' };
    let piece = await opened(repo, object, frame, end);
    if (piece === undefined) {
      // A receiver may have been writing just here: what is read anew, all at once, has the frame, or ends within it.
      await bytes.anew(size);
      ({ head, frame } = await frameAt(bytes, size));
      piece = await opened(repo, object, frame, end);
      if (piece === undefined) return { size, rest: bytes.rest(frameHead(head)?.length) };
    }
    yield piece;
    end += BigInt(piece.length);
    size += frame.length;
  }
}

/** Both are short where the journal ends there. */
async function frameAt(bytes: Window, at: number): Promise<{ readonly head: Buffer; readonly frame: Buffer }> {
  const head = await bytes.at(at, frameHeadLength);
  return { head, frame: await bytes.at(at, frameHead(head)?.length ?? 0) };
}

/**
 * Where the WAL in a journal ends, by the lengths that its frames tell; only the last one is opened, for thousands of small
 * commits make thousands of frames. Whether all of them can be read, {@link readJournal} knows.
 */
export async function journalEnd(repo: ClusterRepository, object: StoreName, start: Lsn): Promise<Lsn> {
  const bytes = new Window(repo, object);
  let end: bigint = start;
  for (let size = headerLength; ;) {
    const head = frameHead(await bytes.at(size, frameHeadLength));
    if (head === undefined) return lsn(end);
    const isLast = frameHead(await bytes.at(size + head.length, frameHeadLength)) === undefined;
    if (isLast && (await opened(repo, object, await bytes.at(size, head.length), end)) === undefined) return lsn(end);
    end += BigInt(Math.max(0, head.rawLength - placeSize));
    size += head.length;
  }
}

/** The WAL of a frame; undefined where it cannot be read, or belongs elsewhere. */
async function opened(
  repo: ClusterRepository,
  object: StoreName,
  frame: Buffer,
  place: bigint,
): Promise<Buffer | undefined> {
  try {
    const raw = await repo.vault.open(frame, 'partial', object);
    return raw.length > placeSize && raw.readBigUInt64BE(0) === place ? raw.subarray(placeSize) : undefined;
  } catch (error) {
    if (error instanceof Damage) return undefined;
    throw error;
  }
}

/** A journal of a 1 GB segment is not read into memory as a whole. */
class Window {
  #from = 0;
  #bytes: Buffer = Buffer.alloc(0);
  readonly #repo: ClusterRepository;
  readonly #object: StoreName;

  constructor(repo: ClusterRepository, object: StoreName) {
    this.#repo = repo;
    this.#object = object;
  }

  /** Fewer bytes at the end, none where there is no such thing. */
  async at(offset: number, length: number): Promise<Buffer> {
    if (offset < this.#from || offset + length > this.#from + this.#bytes.length) await this.anew(offset);
    return this.#bytes.subarray(offset - this.#from, offset - this.#from + length);
  }

  /** Read once more from there on, as it is at this moment. */
  async anew(offset: number): Promise<void> {
    this.#bytes = (await this.#repo.store.getRange(this.#object, offset, window)) ?? Buffer.alloc(0);
    this.#from = offset;
  }

  /** What is unreadable since {@link anew}. Behind a torn frame there is nothing; and where only the length of the file became durable, zeros. */
  rest(frame: number | undefined): 'torn' | 'damaged' {
    const rest = this.#bytes;
    const short = frame === undefined ? frameHeadLength - 1 : frame;
    if (rest.length <= short || (rest.length < window && rest.every(byte => byte === 0))) return 'torn';
    return 'damaged';
  }
}

/** A journal that grows. What is in it when it is opened is {@link kept}. */
export class Partial {
  readonly object: StoreName;
  /** In WAL, from the segment's start on. */
  readonly kept: Buffer;
  /** Where what could not be read any more was put aside, where there was such. */
  readonly damaged: StoreName | undefined;
  readonly #repo: ClusterRepository;
  /** Bytes of the journal that can be read. */
  readonly #size: number;
  #file: Growing | undefined;
  #end: Lsn;
  /** After a failure half a piece may stand at the end: what came behind it nobody could read. */
  #broken = false;

  private constructor(
    repo: ClusterRepository,
    object: StoreName,
    found: { readonly kept: Buffer; readonly damaged: StoreName | undefined; readonly size: number; readonly end: Lsn },
  ) {
    this.#repo = repo;
    this.object = object;
    this.kept = found.kept;
    this.damaged = found.damaged;
    this.#size = found.size;
    this.#end = found.end;
  }

  /** Nothing is made where nothing is there, before the first piece comes: most segments are full before anybody waits for them. */
  static async open(repo: ClusterRepository, name: string, start: Lsn): Promise<Partial> {
    const object = repo.names.partial(name);
    const pieces: Buffer[] = [];
    const reading = readJournal(repo, object, start);
    let next = await reading.next();
    for (; next.done !== true; next = await reading.next()) pieces.push(next.value);
    const { size, rest } = next.value;
    const damaged = rest === 'damaged' ? await quarantineStored(repo, object) : undefined;
    const kept = Buffer.concat(pieces);
    return new Partial(repo, object, { kept, damaged, size, end: lsn(start + BigInt(kept.length)) });
  }

  /** Everything before it survives a power cut. */
  get end(): Lsn {
    return this.#end;
  }

  /** Durable when it resolves. One piece is synced before the next is written, so that at most the last one can be torn. */
  async append(bytes: Buffer): Promise<void> {
    if (this.#broken) throw new Fault('failed', `the journal "${this.object}" could not be written to its end`);
    const { vault } = this.#repo;
    const file = (this.#file ??= await this.#grow());
    this.#broken = true;
    for (let at = 0; at < bytes.length; at += maxPiece) {
      const piece = bytes.subarray(at, at + maxPiece);
      const place = Buffer.alloc(placeSize);
      place.writeBigUInt64BE(this.#end);
      for (const part of await vault.sealed(Buffer.concat([place, piece]), 'partial', this.object))
        await file.write(part);
      await file.sync();
      this.#end = lsn(this.#end + BigInt(piece.length));
    }
    this.#broken = false;
  }

  /** Cuts off what could not be read: of damaged pieces a copy lies in the quarantine by now. */
  async #grow(): Promise<Growing> {
    const file = await this.#repo.store.append(this.object);
    try {
      if (file.size > this.#size) await file.truncate(this.#size);
      if (file.size === 0) await file.write(this.#repo.vault.header('partial', this.object));
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  /** Its segment is kept as a whole. */
  async remove(): Promise<void> {
    await this.close();
    await this.#repo.store.remove(this.object);
  }
}
