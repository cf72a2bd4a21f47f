// Streams WAL to a sink, and tells the server only of what the sink has made durable (manual 55.4, START_REPLICATION).

import { Fault } from '../faults.ts';
import { parseLsn, type Lsn, lsn, showLsn } from '../postgres/lsn.ts';
import { quoteIdent } from '../postgres/settings.ts';
import { parseTimeline } from '../postgres/timeline.ts';
import type { StreamEnd, StreamFrom, WalSink } from '../repo/replication.ts';
import {
  decodeFromServer,
  encodeStatus,
  type FromServer,
  instantOf,
  microsecondsOf,
  walHeader,
} from './replication-messages.ts';
import type { Answer, CopyListener } from './replication-command.ts';
import type { Wire } from './replication-wire.ts';
import { Slabs } from './slabs.ts';

/** Read ahead of the sink: then the socket rests. */
const ahead = 4 * 1024 * 1024;
/** Where the WAL comes without a pause, it is flushed after so many bytes: a small commit may wait among them. */
const flushAfter = 8 * 1024 * 1024;
/**
 * Where there is always a little more, it is flushed after so many milliseconds: twice what the last flush took, within these
 * bounds. Without that a thousand small commits a second, which never let the socket run dry, were durable here eight seconds late.
 */
const patience = { least: 5, most: 100 };
/** Longer than this a sink is slow, and the server is told where we stand although nothing has changed: wal_sender_timeout can be 1 s, and while the socket rests its questions are not read. */
const slow = 250;
/** The server is asked for a sign of life after half of it (wal_receiver_timeout's default is the same). */
const silence = 60_000;
/** From our CopyDone to the server's answer. */
const farewell = 10_000;

/** Throws what the sink threw, or a Fault where the server does not keep to the protocol; after that the session is over. */
export function streamWal(wire: Wire, from: StreamFrom, sink: WalSink, stop: AbortSignal): Promise<StreamEnd> {
  return new WalStream(wire, from, sink, stop).run();
}

class WalStream implements CopyListener {
  readonly #wire: Wire;
  readonly #from: StreamFrom;
  readonly #sink: WalSink;
  readonly #stop: AbortSignal;
  readonly #slabs = new Slabs();
  /** Of the message that is coming. */
  readonly #head = Buffer.alloc(walHeader);
  #headFilled = 0;
  /** Where the next message begins, and what the sink gets next. */
  #received: Lsn;
  #handed: Lsn;
  /** What the server may be told. Nothing before the sink has spoken: a flush position moves the slot. */
  #written = lsn(0n);
  #flushed = lsn(0n);
  #unflushed = 0;
  /** When the first of it was written, and how long it may wait for more. */
  #unflushedSince = 0;
  #mayWait = patience.least;
  #flushWanted = false;
  /** COPY both ways, from the server's word for it to ours that it is over. */
  #copying = false;
  /** The server has sent CopyDone, or `stop` was raised: what is here is written, flushed, told, and then we say CopyDone. */
  #closing = false;
  #farewell: number | undefined;
  #serverDone = false;
  /** The command is over: nothing more will come. */
  #over = false;
  #paused = false;
  #slowSince: number | undefined;
  #told = 0;
  #heard = performance.now();
  #ticked = performance.now();
  #wake: () => void = () => undefined;

  constructor(wire: Wire, from: StreamFrom, sink: WalSink, stop: AbortSignal) {
    this.#wire = wire;
    this.#from = from;
    this.#sink = sink;
    this.#stop = stop;
    this.#received = this.#handed = from.lsn;
  }

  async run(): Promise<StreamEnd> {
    if (this.#stop.aborted) return { is: 'stopped' };
    const close = (): void => this.#close();
    this.#stop.addEventListener('abort', close);
    const ticks = setInterval(() => this.#tick(), Math.min(slow, this.#from.statusEvery));
    const working = this.#work();
    working.catch(() => this.#wire.cut('it was given up here'));
    try {
      const answer = await this.#wire.ask(startReplication(this.#from), this).finally(async () => {
        this.#over = true;
        this.#wake();
        await working;
      });
      return this.#end(answer);
    } finally {
      clearInterval(ticks);
      this.#stop.removeEventListener('abort', close);
    }
  }

  began(): void {
    this.#copying = true;
    this.#flushSoon();
    if (this.#stop.aborted) this.#close();
  }

  data(): never {
    throw new Error('data comes in parts');
  }

  /** WAL goes on as it comes: to put whole messages together took a quarter of a receiver's time, most of it to collect the garbage. */
  part(bytes: Buffer, begins: boolean, ends: boolean): void {
    this.#heard = performance.now();
    if (begins) this.#headFilled = 0;
    const taken = bytes.copy(this.#head, this.#headFilled);
    this.#headFilled += taken;
    const whole = this.#headFilled === walHeader;
    if (taken > 0 && (whole || ends)) this.#begin(decodeFromServer(this.#head.subarray(0, this.#headFilled)));
    if (whole) this.#take(bytes.subarray(taken));
  }

  #begin(message: FromServer | undefined): void {
    if (!message) throw this.#fault(`a message of type ${String(this.#head[0])} came in the middle of the WAL`);
    this.#sink.heard?.(message.walEnd, instantOf(message.at));
    if (message.is === 'keepalive') {
      if (message.replyRequested) this.#flushSoon();
    } else if (!this.#closing && message.start !== this.#received) {
      throw this.#fault(`WAL from ${showLsn(message.start)} came where ${showLsn(this.#received)} was expected`);
    }
  }

  #take(piece: Buffer): void {
    // What came behind the stop will come again.
    if (this.#closing) return;
    this.#slabs.add(piece);
    this.#received = lsn(this.#received + BigInt(piece.length));
    if (this.#slabs.bytes > ahead && !this.#paused) {
      this.#paused = true;
      this.#wire.pause();
    }
    this.#wake();
  }

  sent(): void {
    this.#close();
  }

  /** Told once all that was sent is flushed here; the server waits for that before it shuts down (walsender.c, WalSndDone). */
  result({ tag }: { tag: string }): void {
    if (tag.startsWith('COPY') && this.#copying && !this.#closing) this.#serverDone = true;
  }

  /** One call of the sink at a time: what has come is written; once there is no more of it for the moment, it is flushed and told, for a commit may wait. */
  async #work(): Promise<void> {
    for (;;) {
      const bytes = this.#slabs.take();
      if (bytes) await this.#write(bytes);
      else if (this.#unflushed > 0 && !this.#flushWanted && (await this.#moreComes())) continue;
      if (this.#flushWanted || this.#unflushed >= flushAfter || (!bytes && this.#unflushed > 0)) await this.#flush();
      else if (!bytes) {
        if (this.#over) return;
        if (this.#closing && this.#copying) this.#sayDone();
        await new Promise<void>(resolve => {
          this.#wake = resolve;
        });
      }
    }
  }

  /** What lies in the socket already is read before a flush: in a stream without a pause each message would have its own. */
  async #moreComes(): Promise<boolean> {
    if (performance.now() - this.#unflushedSince >= this.#mayWait) return false;
    await new Promise(resolve => setImmediate(resolve));
    return this.#slabs.bytes > 0;
  }

  async #write(chunk: Buffer): Promise<void> {
    this.#slowSince = performance.now();
    if (this.#unflushed === 0) this.#unflushedSince = this.#slowSince;
    await this.#sink.wal(this.#handed, chunk);
    this.#slowSince = undefined;
    this.#handed = lsn(this.#handed + BigInt(chunk.length));
    this.#unflushed += chunk.length;
    this.#slabs.giveBack(chunk);
    if (this.#handed > this.#written) this.#written = this.#handed;
    if (this.#paused && this.#slabs.bytes <= ahead / 2) {
      this.#paused = false;
      this.#wire.resume();
    }
  }

  async #flush(): Promise<void> {
    this.#flushWanted = false;
    this.#unflushed = 0;
    const began = performance.now();
    this.#slowSince = began;
    const { written, flushed } = await this.#sink.flush();
    this.#slowSince = undefined;
    this.#mayWait = Math.min(patience.most, Math.max(patience.least, 2 * (performance.now() - began)));
    this.#written = written;
    this.#flushed = flushed;
    this.#tell(false);
  }

  #flushSoon(): void {
    this.#flushWanted = true;
    this.#wake();
  }

  #close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#flushSoon();
  }

  #sayDone(): void {
    this.#copying = false;
    this.#farewell = performance.now();
    this.#wire.endCopy();
  }

  #tell(replyRequested: boolean): void {
    if (!this.#copying) return;
    this.#told = performance.now();
    const status = { written: this.#written, flushed: this.#flushed, replyRequested };
    this.#wire.send(encodeStatus(status, microsecondsOf(Date.now())));
  }

  #tick(): void {
    const now = performance.now();
    // Where this process itself was held up, the server's words may lie in the socket; and while it rests, they do.
    if (now - this.#ticked > silence / 4 || this.#paused) this.#heard = now;
    this.#ticked = now;
    const since = now - this.#heard;
    if (this.#farewell !== undefined && now - this.#farewell > farewell) this.#wire.cut('no answer to the farewell');
    else if (since > silence) this.#wire.cut(`nothing was heard of the server for ${String(silence / 1000)} s`);
    else if (this.#slowSince !== undefined && now - this.#slowSince >= slow && now - this.#told >= slow)
      this.#tell(false);
    else if (since > silence / 2 && now - this.#told > 5000) this.#tell(true);
    if (now - this.#told >= this.#from.statusEvery && this.#copying) this.#flushSoon();
  }

  #end(answer: Answer): StreamEnd {
    const said = this.#farewell !== undefined;
    if (this.#stop.aborted && (said || answer.is === 'done')) return { is: 'stopped' };
    if (this.#serverDone) return { is: 'server-done' };
    if (answer.is === 'lost') return { is: 'lost', why: answer.why };
    if (answer.is === 'error') return { is: 'refused', sqlstate: answer.error.code, message: answer.error.message };
    const [row] = answer.results.find(({ rows }) => rows.length > 0)?.rows ?? [];
    const [next, at] = [parseTimeline(row?.[0] ?? ''), parseLsn(row?.[1] ?? '')];
    if (next !== undefined && at !== undefined) return { is: 'timeline-end', next, at };
    throw this.#fault('the server ended the stream without saying why');
  }

  #fault(message: string): Fault {
    return new Fault('failed', message, { on: this.#wire.name });
  }
}

function startReplication({ slot, lsn: start, timeline }: StreamFrom): string {
  const through = slot === undefined ? '' : `SLOT ${quoteIdent(slot)} `;
  return `START_REPLICATION ${through}PHYSICAL ${showLsn(start)} TIMELINE ${String(timeline)}`;
}
