// Hands a base backup to its sink: one call after the other, the bytes in large pieces, never compressed.

import type { Transform } from 'node:stream';
import { Fault } from '../faults.ts';
import { parseLsn } from '../postgres/lsn.ts';
import { parseTimeline } from '../postgres/timeline.ts';
import type { BackupSink, BackupStart } from '../repo/replication.ts';
import { bytes } from '../time.ts';
import { Inflate } from './inflate.ts';
import { Lane } from './lane.ts';
import type { Result } from './replication-command.ts';
import type { Wire } from './replication-wire.ts';
import { Slabs } from './slabs.ts';

/** Read ahead of the sink; what the parser still has in hand (one read of the socket) comes on top. */
const ahead = 4 * 1024 * 1024;
export interface Tablespace {
  /** Null for the data directory. */
  readonly oid: string | null;
  readonly location: string | null;
  readonly kilobytes: number;
}

/** The sink's calls in their order, its bytes in large pieces. */
export class Unload {
  readonly wire: Wire;
  readonly #sink: BackupSink;
  readonly #inflater: (() => Transform) | undefined;
  readonly #lane: Lane;
  readonly #slabs = new Slabs();
  #give: (chunk: Buffer) => Promise<void> | void = nobody;
  #end: (() => Promise<void>) | undefined;
  /** The sink copies what it gets, so that nothing has to be gathered for it. */
  #copied = false;
  #begun = false;
  #heard = true;

  constructor(wire: Wire, sink: BackupSink, inflater: (() => Transform) | undefined) {
    this.wire = wire;
    this.#sink = sink;
    this.#inflater = inflater;
    this.#lane = new Lane(wire, ahead, () => wire.cut('it was given up here'));
  }

  started(position: Result, tablespaces: readonly Tablespace[]): void {
    this.#begun = true;
    const start: BackupStart = {
      ...positionOf(this.wire, position),
      size: bytes(tablespaces.reduce((sum, { kilobytes }) => sum + kilobytes * 1024, 0)),
      tablespaces: tablespaces.flatMap(({ oid, location, kilobytes }) =>
        oid === null ? [] : [{ oid, location: location ?? '', size: bytes(kilobytes * 1024) }],
      ),
    };
    this.#lane.push(() => this.#sink.started(start));
  }

  archive(oid: string | null, location: string | null): void {
    this.end();
    this.#lane.push(() => this.#sink.archive(oid, location));
    const data = (chunk: Buffer) => this.#sink.data(chunk);
    this.#give = data;
    this.#copied = !this.#inflater;
    if (!this.#inflater) return;
    const inflate = new Inflated(this.#inflater(), data);
    this.#give = chunk => inflate.write(chunk);
    this.#end = () => inflate.end();
  }

  manifest(): void {
    this.end();
    this.#give = chunk => this.#sink.manifest(chunk);
  }

  bytes(piece: Buffer): void {
    this.#heard = true;
    if (this.#copied && this.#handedOn(piece)) return;
    this.#slabs.add(piece);
    for (let full = this.#slabs.takeFull(); full; full = this.#slabs.takeFull()) this.#push(full);
  }

  /** Of the archive, or of the manifest. */
  end(): void {
    const rest = this.#slabs.take();
    if (rest) this.#push(rest);
    this.#slabs.freshen();
    if (this.#end) this.#lane.push(this.#end);
    this.#end = undefined;
    this.#give = nobody;
    this.#copied = false;
  }

  done(): Promise<void> {
    return this.#lane.done();
  }

  /** Before its first byte it may be at a checkpoint for as long as it likes. */
  mustHaveHeard(): void {
    if (!this.#begun) return;
    if (!this.#heard && !this.#lane.paused) this.wire.cut('the server has not sent anything for ten minutes');
    this.#heard = this.#lane.paused;
  }

  /** At once, and what waits before it, unless the sink is still at something: false. Where it has had enough the wire rests. */
  #handedOn(piece: Buffer): boolean {
    while (this.#lane.idle) {
      const next = this.#slabs.take() ?? piece;
      const room = this.#give(next);
      if (room) this.#lane.push(() => room, ahead + 1);
      if (next === piece) return true;
    }
    return false;
  }

  #push(chunk: Buffer): void {
    const give = this.#give;
    this.#lane.push(() => give(chunk), chunk.length);
  }
}

const nobody = (): never => {
  throw new Error('bytes came before an archive');
};

/** What comes out of the decompressor in pieces of its own, put together again. */
class Inflated {
  readonly #inflate: Inflate;
  readonly #slabs = new Slabs();
  readonly #data: (chunk: Buffer) => Promise<void> | void;

  constructor(stream: Transform, data: (chunk: Buffer) => Promise<void> | void) {
    this.#data = data;
    this.#inflate = new Inflate(stream, async chunk => {
      this.#slabs.add(chunk);
      for (let full = this.#slabs.takeFull(); full; full = this.#slabs.takeFull()) await data(full);
    });
  }

  write(chunk: Buffer): Promise<void> {
    return this.#inflate.write(chunk);
  }

  async end(): Promise<void> {
    await this.#inflate.end();
    const rest = this.#slabs.take();
    if (rest) await this.#data(rest);
  }
}

export function positionOf({ name }: Wire, { rows: [row] }: Result): Pick<BackupStart, 'lsn' | 'timeline'> {
  const [lsn, timeline] = [parseLsn(row?.[0] ?? ''), parseTimeline(row?.[1] ?? '')];
  if (lsn !== undefined && timeline !== undefined) return { lsn, timeline };
  throw new Fault('failed', `"${String(row?.join(' '))}" is no position in the WAL`, { on: name });
}
