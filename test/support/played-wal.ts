// A server made of nothing but WAL: timelines that fork, a slot, sessions that break where a test wants them to.

import { Fault } from '../../src/faults.ts';
import { lsn, showLsn } from '../../src/postgres/lsn.ts';
import { type Timeline, timeline } from '../../src/postgres/timeline.ts';
import type { WalSource } from '../../src/repo/receive.ts';
import type { Replication, Slot, StreamEnd, StreamFrom, WalSink } from '../../src/repo/replication.ts';

export const MB = 1024 ** 2;
const page = 8192;

/** WAL of a timeline from one position to another: true page headers, and records that only a hash could tell from noise. */
export function walBytes(
  line: number,
  from: bigint,
  to: bigint,
  { segmentSize = MB, systemId = 7n, forks = [] as readonly { readonly at: bigint; readonly line: number }[] } = {},
): Buffer {
  const bytes = Buffer.alloc(Number(to - from));
  /** Who wrote a position: the last timeline that began at or before it. */
  const writer = (at: bigint): number =>
    forks.reduce((by, fork) => (at >= fork.at ? fork.line : by), forks.length === 0 ? line : 1);
  const header = Buffer.alloc(40);
  for (let pageStart = (from / BigInt(page)) * BigInt(page); pageStart < to; pageStart += BigInt(page)) {
    const whole = Buffer.alloc(page);
    const first = pageStart % BigInt(segmentSize) === 0n;
    const cut = forks.find(fork => fork.at > pageStart && fork.at < pageStart + BigInt(page))?.at;
    const own = Buffer.from(`${String(pageStart)} of ${String(writer(pageStart))};`);
    whole.fill(own);
    if (cut !== undefined) whole.fill(`${String(pageStart)} of ${String(writer(cut))};`, Number(cut - pageStart));
    header.writeUInt16LE(0xd110, 0);
    header.writeUInt16LE(first ? 2 : 0, 2);
    header.writeUInt32LE(writer(pageStart), 4);
    header.writeBigUInt64LE(pageStart, 8);
    header.writeBigUInt64LE(systemId, 24);
    header.writeUInt32LE(segmentSize, 32);
    header.writeUInt32LE(page, 36);
    header.copy(whole, 0, 0, first ? 40 : 24);
    const at = Number(pageStart - from);
    whole.copy(bytes, Math.max(0, at), Math.max(0, -at));
  }
  return bytes;
}

export interface PlayedServer {
  systemId: string;
  segmentSize: number;
  /** The one it is on, and where each began: `forks[0]` is where timeline 2 began. */
  forks: { line: number; at: bigint }[];
  /** Its WAL goes up to here. */
  flushed: bigint;
  /** WAL before it has been removed. */
  oldest: bigint;
  slot: { restart: bigint } | undefined;
  /** Bytes of a message. */
  piece: () => number;
  /** After so many bytes the connection breaks. */
  breaksAfter: number;
  /** Raised when all has been sent; where absent the stream goes on until it is stopped. */
  atEnd: 'stay' | 'server-done';
  /** What the receiver acknowledged last in this session, and everything that it ever did. */
  acknowledged: bigint;
  acknowledgements: bigint[];
  sessions: StreamFrom[];
}

export const playedServer = (own: Partial<PlayedServer> = {}): PlayedServer => ({
  systemId: '7',
  segmentSize: MB,
  forks: [],
  flushed: 0n,
  oldest: 0n,
  slot: undefined,
  piece: () => 100_000,
  breaksAfter: Infinity,
  atEnd: 'stay',
  acknowledged: 0n,
  acknowledgements: [],
  sessions: [],
  ...own,
});

const lineOf = ({ forks }: PlayedServer): number => forks.at(-1)?.line ?? 1;

export const historyText = (forks: readonly { line: number; at: bigint }[]): string =>
  forks
    .map(({ at }, i) => `${String(forks[i - 1]?.line ?? 1)}\t${showLsn(lsn(at))}\tno recovery target specified\n`)
    .join('\n');

/** The WAL of the server, as it sends it on a timeline of its way. */
export function sentBy(server: PlayedServer, line: number, from: bigint, to: bigint): Buffer {
  const at = server.forks.findIndex(fork => fork.line === line);
  const { segmentSize, systemId } = server;
  return walBytes(line, from, to, { segmentSize, systemId: BigInt(systemId), forks: server.forks.slice(0, at + 1) });
}

export function playedSource(server: PlayedServer): WalSource {
  const replication: Replication = {
    identify: () =>
      Promise.resolve({
        systemId: server.systemId,
        timeline: timeline(lineOf(server)),
        flushed: lsn(server.flushed),
        version: { major: 15, minor: 18, text: '15.18' },
        segmentSize: server.segmentSize,
      }),
    history(line: Timeline) {
      const at = server.forks.findIndex(fork => fork.line === line);
      return Promise.resolve(at < 0 ? undefined : Buffer.from(historyText(server.forks.slice(0, at + 1))));
    },
    slot: () => Promise.resolve(server.slot && slotOf(server, server.slot)),
    createSlot() {
      server.slot ??= { restart: server.oldest > server.flushed - 1n ? server.flushed : server.oldest };
      return Promise.resolve();
    },
    dropSlot() {
      server.slot = undefined;
      return Promise.resolve();
    },
    baseBackup: () => Promise.reject(new Error('only WAL here')),
    stream: (from, sink, stop) => stream(server, from, sink, stop),
    close: () => Promise.resolve(),
  };
  return { replication, name: 'node1' };
}

const slotOf = (server: PlayedServer, { restart }: { restart: bigint }): Slot => ({
  restartLsn: lsn(restart),
  restartTimeline: timeline(server.forks.filter(({ at }) => at <= restart).at(-1)?.line ?? 1),
});

async function stream(server: PlayedServer, from: StreamFrom, sink: WalSink, stop: AbortSignal): Promise<StreamEnd> {
  server.sessions.push(from);
  server.acknowledged = from.lsn;
  const way = [{ line: 1, at: 0n }, ...server.forks];
  const at = way.findIndex(({ line }) => line === from.timeline);
  const next = way[at + 1];
  const end = next?.at ?? server.flushed;
  if (from.lsn > end) {
    return next
      ? { is: 'refused', sqlstate: 'XX000', message: 'not in this server’s history' }
      : { is: 'refused', sqlstate: 'XX000', message: 'ahead of the WAL flush position' };
  }
  if (from.lsn < server.oldest) return { is: 'refused', sqlstate: '58P01', message: 'has already been removed' };
  const acknowledge = async (): Promise<void> => {
    const { flushed } = await sink.flush();
    server.acknowledged = flushed;
    server.acknowledgements.push(flushed);
    if (server.slot) server.slot.restart = flushed;
  };
  let position: bigint = from.lsn;
  let sent = 0;
  while (position < end && !stop.aborted) {
    const length = Math.min(Math.max(1, server.piece()), Number(end - position), server.breaksAfter - sent);
    if (length <= 0) return { is: 'lost', why: 'the connection broke' };
    sink.heard?.(lsn(server.flushed), '2026-11-21T00:00:00Z' as never);
    await sink.wal(lsn(position), sentBy(server, from.timeline, position, position + BigInt(length)));
    position += BigInt(length);
    sent += length;
    await acknowledge();
  }
  if (stop.aborted) return { is: 'stopped' };
  if (next) return { is: 'timeline-end', next: timeline(next.line), at: lsn(next.at) };
  if (server.atEnd === 'server-done') return { is: 'server-done' };
  await new Promise<void>(resolve => {
    if (stop.aborted) resolve();
    stop.addEventListener('abort', () => resolve());
  });
  await acknowledge();
  return { is: 'stopped' };
}

/** A Fault that a test throws where a store or a session shall fail. */
export const pulled = (): Fault => new Fault('failed', 'somebody pulled the plug');
