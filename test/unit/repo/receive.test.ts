// Receiving from a server that is played: restarts, timelines, gaps, a store that fails at any write; what was acknowledged is there.

import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/drivers/clock.ts';
import { memoryStore, type MemoryStore } from '../../../src/drivers/memory-store.ts';
import { threadWorks } from '../../../src/drivers/works.ts';
import { lsn } from '../../../src/postgres/lsn.ts';
import { segmentName } from '../../../src/postgres/segment.ts';
import { timeline } from '../../../src/postgres/timeline.ts';
import { receive, type ReceiveOptions, type Received } from '../../../src/repo/receive.ts';
import { type ReceiveEvent, ReceiveRefused } from '../../../src/repo/receive-events.ts';
import { type ClusterRepository, createRepository, inCluster } from '../../../src/repo/repository.ts';
import { gapsOf, readPartial, readSegment, walKept } from '../../../src/repo/wal-catalog.ts';
import { seconds } from '../../../src/time.ts';
import {
  historyText,
  MB,
  playedServer,
  type PlayedServer,
  playedSource,
  pulled,
  sentBy,
} from '../../support/played-wal.ts';

let store: MemoryStore;
let repo: ClusterRepository;
let events: ReceiveEvent[];

beforeEach(async () => {
  store = memoryStore();
  // No test waits for a pause between two sessions.
  const clock = { ...systemClock, sleep: () => new Promise<void>(resolve => setImmediate(resolve)) };
  repo = inCluster(await createRepository(store, threadWorks(), clock), 'main');
  events = [];
});

const options: ReceiveOptions = {
  slot: { name: 'lifeboat', temporary: false, create: true },
  statusEvery: seconds(10),
  until: 'now',
  again: true,
};

const run = (
  server: PlayedServer,
  own: Partial<ReceiveOptions> = {},
  stop = new AbortController().signal,
): Promise<Received> =>
  receive(
    repo,
    () => Promise.resolve(playedSource(server)),
    { ...options, ...own },
    event => void events.push(event),
    stop,
  );

/** Everything of a timeline that is kept is what the server sent. */
async function expectKept(server: PlayedServer, line: number, from: bigint, to: bigint): Promise<void> {
  const size = BigInt(server.segmentSize);
  for (let at = from - (from % size); at < to; at += size) {
    const name = segmentName(timeline(line), lsn(at), server.segmentSize);
    const end = at + size < to ? at + size : to;
    const whole = (await readSegment(repo, name)) ?? (await readPartial(repo, name))?.bytes;
    expect(whole?.subarray(0, Number(end - at)).equals(sentBy(server, line, at, end)), name).toBe(true);
  }
}

const at = (mb: number, more = 0): bigint => BigInt(mb * MB + more);
const told = (e: ReceiveEvent['e']): ReceiveEvent[] => events.filter(event => event.e === e);
const stretches = async (): Promise<string[]> =>
  (await walKept(repo)).stretches.map(
    ({ timeline: line, from, to }) => `${String(line)}: ${String(from)}-${String(to)}`,
  );

describe('one timeline', () => {
  it('begins where the slot holds WAL, at the start of a segment', async () => {
    const server = playedServer({ flushed: at(5, 1000), oldest: at(2) });
    expect(await run(server)).toMatchObject({ is: 'reached', gaps: 0 });
    await expectKept(server, 1, at(2), at(5, 1000));
    expect(await stretches()).toEqual([`1: ${String(at(2))}-${String(at(5, 1000))}`]);
    expect(server.acknowledged).toBe(at(5, 1000));
    expect([...store.things.keys()].filter(name => name.endsWith('.partial'))).toEqual([
      'clusters/main/wal/0000000100000000/000000010000000000000005.partial',
    ]);
  });

  it('goes on in the middle of a segment, and compares what it has of it', async () => {
    const server = playedServer({ flushed: at(1, 500_000) });
    await run(server);
    server.flushed = at(1, 700_000);
    await run(server);
    expect(server.sessions.at(-1)?.lsn).toBe(at(1));
    await expectKept(server, 1, 0n, at(1, 700_000));
  });

  it('goes on behind the last whole segment where the server stopped exactly at its end', async () => {
    const server = playedServer({ flushed: at(2) });
    await run(server);
    expect(await stretches()).toEqual([`1: 0-${String(at(2))}`]);
    server.flushed = at(3);
    await run(server);
    expect(server.sessions.at(-1)?.lsn).toBe(at(2));
    expect(await stretches()).toEqual([`1: 0-${String(at(3))}`]);
  });

  it.each([2, 64])('with segments of %i MB', { timeout: 60_000 }, async size => {
    const server = playedServer({ segmentSize: size * MB, flushed: at(size, 40_000), piece: () => 4 * MB });
    await run(server);
    server.flushed = at(size, 90_000);
    await run(server);
    await expectKept(server, 1, 0n, at(size, 90_000));
    const [one, two] = [0n, at(size)].map(place => segmentName(timeline(1), lsn(place), size * MB));
    expect(await readSegment(repo, one!)).toHaveLength(size * MB);
    expect((await readPartial(repo, two!))?.bytes).toHaveLength(size * MB);
  });

  it('leaves when it is told to, with everything flushed and acknowledged', async () => {
    const server = playedServer({ flushed: at(1, 5) });
    const stop = new AbortController();
    const running = run(server, { until: undefined }, stop.signal);
    while (server.acknowledged < server.flushed) await new Promise(resolve => setImmediate(resolve));
    stop.abort();
    expect(await running).toEqual({ is: 'stopped', gaps: 0, end: { timeline: 1, lsn: at(1, 5) } });
  });

  it('tries again when the connection breaks, and goes on', async () => {
    const server = playedServer({ flushed: at(3, 77), breaksAfter: 1_400_000 });
    await run(server);
    expect(server.sessions.length).toBeGreaterThan(2);
    await expectKept(server, 1, 0n, at(3, 77));
    expect(told('lost').length).toBeGreaterThan(0);
  });
});

describe('what contradicts', () => {
  it('another system is refused, and nothing of it is kept', async () => {
    await run(playedServer({ flushed: at(1) }));
    const before = store.things;
    await expect(run(playedServer({ flushed: at(1), systemId: '8' }))).rejects.toThrow(ReceiveRefused);
    expect(store.things).toEqual(before);
  });

  it('WAL that differs from what was acknowledged is refused, and nothing is overwritten', async () => {
    await run(playedServer({ flushed: at(1, 500_000) }));
    const before = store.things;
    const other = playedServer({ flushed: at(1, 600_000), forks: [] });
    const source = playedSource(other);
    const stream = source.replication.stream.bind(source.replication);
    source.replication.stream = (from, sink, stop) =>
      stream(
        from,
        { ...sink, wal: (start, chunk) => ((chunk[500]! ^= 1), sink.wal(start, chunk)), flush: () => sink.flush() },
        stop,
      );
    const running = receive(
      repo,
      () => Promise.resolve(source),
      options,
      event => void events.push(event),
      new AbortController().signal,
    );
    await expect(running).rejects.toThrow(/differs from 0\/1001F4 on .*nothing was overwritten/);
    expect(store.things).toEqual(before);
  });

  it('a server that stayed on a timeline that was left is not received from', async () => {
    const promoted = playedServer({ flushed: at(3), forks: [{ line: 2, at: at(1, 300) }] });
    await run(promoted);
    const old = playedServer({ flushed: at(4) });
    await expect(run(old, { again: false })).rejects.toThrow(
      /on timeline 1, which was left at 0\/10012C for timeline 2/,
    );
    expect(old.sessions).toEqual([]);
  });

  it('a sibling of the same number is refused, and its history lies in the quarantine', async () => {
    await run(playedServer({ flushed: at(3), forks: [{ line: 2, at: at(1, 300) }] }));
    const sibling = playedServer({ flushed: at(3), forks: [{ line: 2, at: at(1, 400) }] });
    await expect(run(sibling)).rejects.toThrow(ReceiveRefused);
    expect([...store.things.keys()].filter(name => name.includes('quarantine'))).toHaveLength(1);
  });

  it('without a slot it does not begin unless it may make one', async () => {
    const slot = { name: 'lifeboat', temporary: false, create: false };
    await expect(run(playedServer({ flushed: at(1) }), { slot, again: false })).rejects.toThrow(
      'no replication slot "lifeboat"',
    );
  });
});

describe('timelines', () => {
  it.each([
    ['in the middle of a segment', at(2, 5000)],
    ['exactly between two segments', at(2)],
  ])('is followed where it changes %s', async (_where, fork) => {
    const server = playedServer({ flushed: at(2) });
    await run(server);
    server.forks.push({ line: 2, at: fork });
    server.flushed = at(4, 9);
    await run(server);
    await expectKept(server, 1, 0n, fork);
    await expectKept(server, 2, fork, at(4, 9));
    expect(await repo.vault.get(repo.names.history(timeline(2)), 'history')).toEqual(
      Buffer.from(historyText(server.forks)),
    );
  });

  it('two changes while nobody received, and a tail that only the repository has', async () => {
    // The old primary was ahead of the standby that was promoted: what it acknowledged to us stays on timeline 1.
    const old = playedServer({ flushed: at(3, 400_000) });
    await run(old);
    const server = playedServer({
      flushed: at(6, 1),
      forks: [
        { line: 2, at: at(3, 200_000) },
        { line: 3, at: at(4, 100) },
      ],
    });
    expect(await run(server)).toMatchObject({ is: 'reached', gaps: 0 });
    await expectKept(old, 1, 0n, at(3, 400_000));
    await expectKept(server, 2, at(3, 200_000), at(4, 100));
    await expectKept(server, 3, at(4, 100), at(6, 1));
    expect((await walKept(repo)).histories.size).toBe(2);
  });

  it('the fork lies whole segments before what is kept of the old timeline', async () => {
    const old = playedServer({ flushed: at(5, 7) });
    await run(old);
    const server = playedServer({ flushed: at(4), forks: [{ line: 2, at: at(2, 9) }] });
    await run(server);
    await expectKept(old, 1, 0n, at(5, 7));
    await expectKept(server, 2, at(2, 9), at(4));
  });

  it('follows while it is connected, to the timeline of a standby that is promoted', async () => {
    const server = playedServer({ flushed: at(1, 700), forks: [{ line: 2, at: at(1, 700) }] });
    server.flushed = at(2, 3);
    await run(server);
    expect(told('timeline')).toMatchObject([{ from: 1, to: 2, at: at(1, 700) }]);
    await expectKept(server, 1, 0n, at(1, 700));
    await expectKept(server, 2, at(1, 700), at(2, 3));
  });
});

describe('gaps', () => {
  it('WAL that the server has removed is told and recorded, and receiving goes on behind it', async () => {
    const server = playedServer({ flushed: at(2, 50) });
    await run(server);
    Object.assign(server, { oldest: at(5), slot: undefined, flushed: at(6, 1) });
    expect(await run(server)).toMatchObject({ gaps: 1 });
    expect(told('gap')).toMatchObject([{ timeline: 1, from: at(2), to: at(5) }]);
    expect(gapsOf(await walKept(repo))).toEqual([{ timeline: 1, from: at(2, 50), to: at(5) }]);
    await expectKept(server, 1, at(5), at(6, 1));
  });

  it('a hole between two backups that the slot still holds is filled', async () => {
    const server = playedServer({ flushed: at(2, 50) });
    await run(server);
    // A backup brings its own WAL, through a slot of its own.
    server.flushed = at(5);
    await run(server, { from: { timeline: timeline(1), lsn: lsn(at(4)) } });
    expect(gapsOf(await walKept(repo))).toHaveLength(1);
    Object.assign(server, { slot: { restart: at(2, 10) }, oldest: at(2), flushed: at(6, 1) });
    expect(await run(server)).toMatchObject({ is: 'reached', gaps: 0 });
    expect(server.sessions.at(-1)?.lsn).toBe(at(2));
    expect(gapsOf(await walKept(repo))).toEqual([]);
    await expectKept(server, 1, 0n, at(6, 1));
  });

  it('a hole that began before what the slot holds is left, and receiving goes on at the end', async () => {
    const server = playedServer({ flushed: at(2) });
    await run(server);
    server.flushed = at(5);
    await run(server, { from: { timeline: timeline(1), lsn: lsn(at(4)) } });
    Object.assign(server, { slot: { restart: at(3) }, oldest: at(3), flushed: at(6, 1) });
    expect(await run(server)).toMatchObject({ is: 'reached', gaps: 0 });
    expect(server.sessions.at(-1)?.lsn).toBe(at(5));
  });

  it('a hole at the end of a timeline that was left, too', async () => {
    const server = playedServer({ flushed: at(1) });
    await run(server);
    Object.assign(server, { forks: [{ line: 2, at: at(2, 300) }], flushed: at(4) });
    await run(server, { from: { timeline: timeline(2), lsn: lsn(at(2, 300)) } });
    Object.assign(server, { slot: { restart: at(1) }, flushed: at(5) });
    await run(server);
    await expectKept(server, 1, 0n, at(2, 300));
    await expectKept(server, 2, at(2, 300), at(5));
  });
});

describe('the store fails', () => {
  it(
    'at any write or sync, and the power is cut: nothing acknowledged is lost, and it goes on',
    () =>
      fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 60 }),
          // One large one among them: two megabytes in pieces of a few bytes would take an hour.
          fc
            .array(fc.integer({ min: 1, max: 300_000 }), { minLength: 3, maxLength: 9 })
            .map(pieces => [...pieces, 150_000]),
          fc.nat(),
          async (fatal, pieces, luck) => {
            for (const name of store.things.keys()) if (name.startsWith('clusters/')) await store.remove(name);
            let turn = 0;
            const server = playedServer({
              flushed: at(2, 12_345),
              forks: [{ line: 2, at: at(1, 100_000) }],
              piece: () => pieces[turn++ % pieces.length]!,
            });
            let calls = 0;
            store.trouble = doing => (doing !== 'read' && doing !== 'list' && ++calls >= fatal ? pulled() : undefined);
            await run(server, { again: false }).catch(() => undefined);
            store.trouble = undefined;
            store.powerCut(unsynced => (unsynced === 0 ? 0 : luck % (unsynced + 1)));

            // What the server was told, it may have thrown away: it is here, on the timeline of that moment.
            const last = server.sessions.at(-1);
            if (last && server.acknowledged > last.lsn)
              await expectKept(server, last.timeline, last.lsn, server.acknowledged);
            await run(server);
            await expectKept(server, 1, 0n, at(1, 100_000));
            await expectKept(server, 2, at(1, 100_000), at(2, 12_345));
          },
        ),
        { numRuns: 30 },
      ),
    60_000,
  );
});
