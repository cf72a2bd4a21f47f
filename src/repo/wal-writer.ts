// Takes WAL as it streams in and keeps it: unfinished segments in a journal, finished ones whole; says how far it is durable.

import { Fault } from '../faults.ts';
import { type Lsn, lsn, showLsn } from '../postgres/lsn.ts';
import { segmentName, segmentStart } from '../postgres/segment.ts';
import type { Timeline } from '../postgres/timeline.ts';
import { readWalPage } from '../postgres/wal-page-header.ts';
import type { WalSink } from './replication.ts';
import { Partial } from './partial.ts';
import type { TellReceive } from './receive-events.ts';
import { ReceiveRefused } from './receive-events.ts';
import type { ClusterRepository } from './repository.ts';
import type { StoreName } from './store.ts';
import { putSegment } from './wal-put.ts';

export interface WalWriterOptions {
  readonly timeline: Timeline;
  /** The start of a segment. */
  readonly from: Lsn;
  readonly segmentSize: number;
  /** Who sends, for messages. */
  readonly server: string;
  readonly systemId: string;
  /** Called when a segment is kept as a whole; what it throws is told, and no reason to stop. */
  readonly finished?: ((name: string, bytes: Buffer) => Promise<void>) | undefined;
  readonly tell: TellReceive;
  /** Everything before it is durable now. */
  readonly advanced?: ((durable: Lsn) => void) | undefined;
}

/** Of the long header, which tells whose WAL it is. */
const firstPageHeader = 40;
/** Unflushed WAL in memory at most, whatever the size of a segment. */
const mostPending = 8 * 1024 * 1024;

/**
 * Writes the WAL of one timeline from the start of a segment on. What is kept of that segment already is compared with what
 * comes, and never written again. Memory: one segment.
 */
export class WalWriter implements WalSink {
  readonly #repo: ClusterRepository;
  readonly #options: WalWriterOptions;
  #segment: OpenSegment | undefined;
  /** Of the segment before: at full speed there are ten of them a second. */
  #spare: Buffer | undefined;
  /** What {@link WalWriterOptions.finished} is doing. */
  #after: Promise<void> = Promise.resolve();
  #written: Lsn;
  #durable: Lsn;
  #serverEnd: Lsn;
  /** The server asks for an answer while WAL is still being written: one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(repo: ClusterRepository, options: WalWriterOptions) {
    this.#repo = repo;
    this.#options = options;
    this.#written = this.#durable = this.#serverEnd = options.from;
  }

  get durable(): Lsn {
    return this.#durable;
  }

  /** How far the server's own WAL went when it last spoke. */
  get serverEnd(): Lsn {
    return this.#serverEnd;
  }

  heard(walEnd: Lsn): void {
    this.#serverEnd = walEnd;
  }

  wal(start: Lsn, chunk: Buffer): Promise<void> {
    return this.#inTurn(() => this.#take(start, chunk));
  }

  flush(): Promise<{ readonly written: Lsn; readonly flushed: Lsn }> {
    return this.#inTurn(async () => {
      await this.#sync();
      return { written: this.#durable, flushed: this.#durable };
    });
  }

  /** Makes durable what came, and lets go; the unfinished segment stays. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      const segment = this.#segment;
      this.#segment = undefined;
      try {
        await this.#sync(segment);
      } finally {
        await segment?.partial.close();
        await this.#after;
      }
    });
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(act, act);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #take(start: Lsn, chunk: Buffer): Promise<void> {
    if (start !== this.#written) {
      const [found, expected] = [showLsn(start), showLsn(this.#written)];
      throw new Fault('failed', `sent WAL from ${found} on, not from ${expected}`, { on: this.#options.server });
    }
    for (let at = 0; at < chunk.length;) {
      const segment = (this.#segment ??= await this.#open());
      const piece = chunk.subarray(at, at + segment.room);
      this.#add(segment, piece);
      at += piece.length;
      if (segment.room === 0) await this.#finish(segment);
      else if (segment.pending >= mostPending) await this.#sync();
    }
  }

  #advance(to: Lsn): void {
    if (to === this.#durable) return;
    this.#durable = to;
    this.#options.advanced?.(to);
  }

  async #open(): Promise<OpenSegment> {
    const { timeline, segmentSize, server, tell } = this.#options;
    const start = segmentStart(this.#written, segmentSize);
    const name = segmentName(timeline, start, segmentSize);
    const partial = await Partial.open(this.#repo, name, start);
    if (partial.damaged !== undefined) tell({ e: 'damaged', server, name, copy: partial.damaged });
    const bytes = this.#spare ?? Buffer.allocUnsafe(segmentSize);
    this.#spare = undefined;
    return new OpenSegment(name, start, partial, bytes);
  }

  #add(segment: OpenSegment, piece: Buffer): void {
    const { server, timeline } = this.#options;
    const differs = segment.add(piece);
    if (differs !== undefined) throw diverged(server, timeline, differs, segment.partial.object);
    this.#written = lsn(this.#written + BigInt(piece.length));
    if (segment.kept > 0) this.#advance(lsn(segment.start + BigInt(Math.min(segment.filled, segment.kept))));
    if (!segment.checked && segment.filled >= firstPageHeader) {
      segment.checked = true;
      this.#check(segment);
    }
  }

  /** As soon as its header is there: WAL of another server must never come under this cluster's name. */
  #check({ name, start, bytes }: OpenSegment): void {
    const { systemId, server, timeline } = this.#options;
    const page = readWalPage(bytes, { start, offset: 0, segmentSize: bytes.length });
    // The first segment of a timeline is a copy of the one it grew out of, with that one's number in its pages.
    if (typeof page !== 'string' && page.systemId === systemId && page.timeline <= timeline) return;
    const seen =
      typeof page === 'string' ? page : `it is of timeline ${String(page.timeline)} of system ${page.systemId ?? ''}`;
    throw new ReceiveRefused(`what it sends as segment "${name}" of system ${systemId} is not that: ${seen}`, {
      on: server,
    });
  }

  async #sync(segment = this.#segment): Promise<void> {
    if (segment === undefined || segment.pending === 0) return;
    await segment.partial.append(segment.unkept());
    segment.kept = segment.filled;
    this.#advance(this.#written);
  }

  async #finish(segment: OpenSegment): Promise<void> {
    const { name, bytes, partial } = segment;
    const { server, timeline, tell } = this.#options;
    const put = await putSegment(this.#repo, name, bytes, `segment "${name}" from ${server}`);
    if (put === 'quarantined') {
      throw new ReceiveRefused(
        `sent other bytes as segment "${name}" than those kept; they lie in ${this.#repo.names.quarantine}, nothing was overwritten`,
        { on: server, hint: divergedHint },
      );
    }
    // Only now: what is durable twice for a moment can be cut at any instant.
    this.#segment = undefined;
    this.#advance(this.#written);
    await partial.remove();
    tell({ e: 'segment', server, timeline, name, end: this.#written });
    await this.#after;
    // Beside what follows: the server is waiting for our word about this segment.
    this.#after = this.#tellFinished(name, bytes);
  }

  async #tellFinished(name: string, bytes: Buffer): Promise<void> {
    const { server, tell, finished } = this.#options;
    try {
      await finished?.(name, bytes);
    } catch (error) {
      tell({ e: 'trouble', server, what: `${name}: ${error instanceof Error ? error.message : String(error)}` });
    }
    this.#spare = bytes;
  }
}

class OpenSegment {
  readonly name: string;
  readonly start: Lsn;
  readonly partial: Partial;
  readonly bytes: Buffer;
  /** Bytes that came in this session. */
  filled = 0;
  /** Bytes in the journal. */
  kept: number;
  /** The header of its first page is that of this cluster. */
  checked = false;

  constructor(name: string, start: Lsn, partial: Partial, bytes: Buffer) {
    this.name = name;
    this.start = start;
    this.partial = partial;
    this.bytes = bytes;
    partial.kept.copy(this.bytes);
    this.kept = partial.kept.length;
  }

  get room(): number {
    return this.bytes.length - this.filled;
  }

  get pending(): number {
    return Math.max(0, this.filled - this.kept);
  }

  unkept(): Buffer {
    return this.bytes.subarray(this.kept, this.filled);
  }

  /** Where it differs from what is kept; undefined where it is added. */
  add(piece: Buffer): Lsn | undefined {
    const again = Math.min(piece.length, Math.max(0, this.kept - this.filled));
    const there = this.bytes.subarray(this.filled, this.filled + again);
    if (!there.equals(piece.subarray(0, again))) {
      const at = there.findIndex((byte, i) => byte !== piece[i]);
      return lsn(this.start + BigInt(this.filled + at));
    }
    piece.copy(this.bytes, this.filled + again, again);
    this.filled += piece.length;
    return undefined;
  }
}

const divergedHint =
  'two servers may be writing the same timeline: find out which one is right (lifeboat timelines), and take a base backup of it';

/** Acknowledged WAL is not given up for what a server says now: it may be the wrong server. */
const diverged = (server: string, timeline: Timeline, at: Lsn, object: StoreName): ReceiveRefused =>
  new ReceiveRefused(
    `its WAL of timeline ${String(timeline)} differs from ${showLsn(at)} on from what is kept in ${object}; nothing was overwritten`,
    { on: server, hint: divergedHint },
  );
