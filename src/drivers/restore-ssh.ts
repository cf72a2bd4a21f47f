// Restores into a directory of another machine over SSH: whole files as one tar stream, single blocks to their places, and only hashes come back.

import { blockSize } from '../repo/backup.ts';
import { inOrder } from '../repo/in-order.ts';
import type { Entry, Places, RestoreTarget, TellWritten, Written } from '../repo/restore-target.ts';
import { bytes, seconds } from '../time.ts';
import { Feeding } from './feeding.ts';
import { failure, type PlaceGuard, shellTarget, type ShellPlace } from './restore-shell.ts';
import { hashesThere, plainPath, type There } from './restore-there.ts';
import { patchScript, unpackScript } from './scripts/restore-bytes.ts';
import type { Shell } from './shell.ts';
import { tarEnd, tarHeader, tarPadding } from './tar-member.ts';

/** Blocks that are read from the repository ahead of the stream. */
const ahead = 12;
/** How much is asked about at once: enough for one round trip to be nothing. */
const [batchBytes, batchFiles] = [256 * 1024 * 1024, 2000];

export function sshTarget(shell: Shell, on: string, places: Places, guard?: PlaceGuard): RestoreTarget {
  const place = { shell, places, on, where: `${on}:${places.data}`, ...(guard && { guard }) };
  return shellTarget(place, (entries, { delta }, tell) => new Sending(place, tell).send(entries, delta));
}

/** What is to be done for an entry. */
type Work =
  | { readonly do: 'whole'; readonly entry: Entry }
  | { readonly do: 'blocks'; readonly entry: Entry; readonly indexes: readonly number[]; readonly cut: boolean };

/** A piece of it, read and ready to go. */
type Piece = { readonly of: 'tar' | 'patch'; readonly bytes: readonly Buffer[]; readonly count: number };

class Sending {
  readonly #place: ShellPlace;
  readonly #tell: TellWritten;
  readonly #open: Partial<Record<Piece['of'], Promise<Feeding>>> = {};
  #written = 0;
  #same = 0;

  constructor(place: ShellPlace, tell: TellWritten) {
    this.#place = place;
    this.#tell = tell;
  }

  async send(entries: AsyncIterable<Entry>, delta: boolean): Promise<Written> {
    try {
      const pieces = inOrder(steps(this.#works(entries, delta)), ahead, step => step());
      for await (const piece of pieces) await this.#feed(piece);
      await this.#feed({ of: 'tar', bytes: [tarEnd], count: 0 });
      if (this.#open.patch) await this.#feed({ of: 'patch', bytes: [Buffer.from('.\n')], count: 0 });
      for (const feeding of await Promise.all(Object.values(this.#open))) this.#settled(await feeding.end());
      return this.#done();
    } catch (error) {
      for (const feeding of await Promise.allSettled(Object.values(this.#open)))
        if (feeding.status === 'fulfilled') feeding.value.drop();
      throw error;
    }
  }

  #done(): Written {
    return { written: bytes(this.#written), same: bytes(this.#same) };
  }

  async #feed({ of, bytes: content, count }: Piece): Promise<void> {
    const feeding = await (this.#open[of] ??= this.#start(of));
    for (const one of content) await feeding.feed(one);
    if (feeding.over) this.#settled(await feeding.end());
    this.#written += count;
    if (count > 0) this.#tell(this.#done());
  }

  async #start(of: Piece['of']): Promise<Feeding> {
    const { data } = this.#place.places;
    const command =
      of === 'tar' ? { script: unpackScript, args: [data] } : { script: patchScript, args: [data, String(blockSize)] };
    return new Feeding(await this.#place.shell.start(command, seconds(30)));
  }

  #settled(end: Awaited<ReturnType<Feeding['end']>>): void {
    if (end.is !== 'ended' || end.code !== 0) throw failure(this.#place, end);
  }

  async *#works(entries: AsyncIterable<Entry>, delta: boolean): AsyncGenerator<Work> {
    if (!delta) {
      for await (const entry of entries) yield { do: 'whole', entry };
      return;
    }
    // The next batch is hashed there while what differs of this one is sent.
    const asked = inOrder(batches(entries), 2, async batch => ({
      batch,
      there: await hashesThere(this.#place, batch),
    }));
    for await (const { batch, there } of asked) {
      for (const entry of batch) {
        const work = workFor(entry, there.get(entry.path));
        if (entry.kind === 'file') this.#same += entry.size - toSend(work);
        if (work !== undefined) yield work;
        this.#tell(this.#done());
      }
    }
  }
}

/** Undefined where all of it is there. A file of which more than half differs is sent whole. */
export function workFor(entry: Entry, there: There | undefined): Work | undefined {
  const { hashes } = entry;
  if (entry.kind !== 'file' || hashes === null || there === undefined) return { do: 'whole', entry };
  const indexes = hashes.flatMap((hash, index) => (there.hashes[index] === hash.toString('hex') ? [] : [index]));
  const cut = there.size !== null && there.size > entry.size;
  if (indexes.length === 0 && !cut) return undefined;
  if (indexes.length * 2 > hashes.length || !plainPath(entry)) return { do: 'whole', entry };
  return { do: 'blocks', entry, indexes, cut };
}

function toSend(work: Work | undefined): number {
  if (work === undefined) return 0;
  if (work.do === 'whole') return work.entry.size;
  return work.indexes.reduce((sum, index) => sum + lengthOf(work.entry, index), 0);
}

const lengthOf = ({ size }: Entry, index: number): number => Math.min(blockSize, size - index * blockSize);

async function* batches(entries: AsyncIterable<Entry>): AsyncGenerator<Entry[]> {
  let batch: Entry[] = [];
  let size = 0;
  for await (const entry of entries) {
    batch.push(entry);
    size += entry.size;
    if (size < batchBytes && batch.length < batchFiles) continue;
    yield batch;
    [batch, size] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

async function* steps(works: AsyncIterable<Work>): AsyncGenerator<() => Promise<Piece>> {
  for await (const work of works) {
    if (work.do === 'whole') yield* wholeSteps(work.entry);
    else yield* blockSteps(work);
  }
}

function* wholeSteps(entry: Entry): Generator<() => Promise<Piece>> {
  const encoding = entry.encoded ? 'latin1' : 'utf8';
  const header = tarHeader({
    path: Buffer.from(entry.path, encoding),
    kind: entry.kind,
    target: entry.target === null ? null : Buffer.from(entry.target, encoding),
    size: entry.size,
    mode: entry.mode,
  });
  const count = Math.ceil(entry.size / blockSize);
  if (count === 0) yield () => Promise.resolve({ of: 'tar', bytes: [header], count: 0 });
  for (let index = 0; index < count; index += 1) {
    yield async () => {
      const raw = await entry.piece(index);
      const [before, behind] = [index === 0 ? [header] : [], index === count - 1 ? [tarPadding(entry.size)] : []];
      return { of: 'tar', bytes: [...before, raw, ...behind], count: raw.length };
    };
  }
}

function* blockSteps({ entry, indexes, cut }: Extract<Work, { do: 'blocks' }>): Generator<() => Promise<Piece>> {
  const line = (words: string): Buffer => Buffer.from(`${words} ${entry.path}\n`);
  for (const index of indexes) {
    yield async () => {
      const raw = await entry.piece(index);
      const head = line(`b ${String(index)} ${String(raw.length)}`);
      return { of: 'patch', bytes: [head, raw], count: raw.length };
    };
  }
  if (cut) yield () => Promise.resolve({ of: 'patch', bytes: [line(`t ${String(entry.size)}`)], count: 0 });
}
