// Choosing a way back, against a server that replays whatever was chosen, over worlds grown at random.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { showLsn } from '../../../src/postgres/lsn.ts';
import { type Timeline, timeline } from '../../../src/postgres/timeline.ts';
import type { Backup } from '../../../src/repo/backup.ts';
import { type Chosen, choose, type Known, type Wish } from '../../../src/repo/choose.ts';
import { showTarget, type Target } from '../../../src/repo/target.ts';
import { type Unreachable, unreachableWords } from '../../../src/repo/unreachable.ts';
import type { TransactionEnd } from '../../../src/repo/wal-kept.ts';
import { type Instant, instantOfMicros, microsOf } from '../../../src/time.ts';
import {
  ancestry,
  backupOf,
  isEnd,
  keptBehind,
  knownOf,
  place,
  type Record,
  recordsTo,
  replayed,
  timeOf,
  type World,
  worlds,
} from './wal-model.ts';

/** More by hand: LIFEBOAT_PROPERTY_RUNS=6000. */
const runs = Number(process.env['LIFEBOAT_PROPERTY_RUNS'] ?? 300);

/** As way-back.ts does: reads only what is asked for. */
function chooseExactly(
  wish: Wish,
  known: Known & { everything: ReadonlyMap<string, readonly TransactionEnd[]> },
): Chosen | Unreachable {
  const read = new Map<string, readonly TransactionEnd[]>();
  for (;;) {
    const found = choose(wish, { ...known, read });
    const next = found.unread.find(name => !read.has(name));
    if (next === undefined) return found;
    read.set(next, known.everything.get(next)!);
  }
}

const targets: fc.Arbitrary<Target> = fc.oneof(
  fc.record({
    is: fc.constant('time' as const),
    time: fc.integer({ min: -4, max: 130 }).map(half => instantOfMicros(microsOf(timeOf(0)) + half * 30_000_000)),
    inclusive: fc.boolean(),
  }),
  fc.record({
    is: fc.constant('xid' as const),
    xid: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.nat(90)).map(([line, at]) => 1000 * line + at + 3),
    inclusive: fc.boolean(),
  }),
  fc.record({
    is: fc.constant('lsn' as const),
    lsn: fc.nat(200).map(half => (place(0) + BigInt(half) * 65536n) as ReturnType<typeof place>),
    inclusive: fc.boolean(),
  }),
  fc.record({ is: fc.constant('name' as const), name: fc.nat(4).map(number => `p${number}`) }),
  fc.constant({ is: 'immediate' as const }),
  fc.constant({ is: 'latest' as const }),
);
const wishes = fc.tuple(
  targets,
  fc.oneof(fc.constant('latest' as const), fc.constant('current' as const), fc.integer({ min: 1, max: 5 })),
);

/** Where a server that replays these records ends (xlogrecovery.c); undefined: "recovery ended before configured recovery target was reached". */
function ends(
  records: readonly Record[],
  target: Target,
  backup: Backup,
): { is: 'before' | 'after'; record: Record } | 'consistent' | 'end' | undefined {
  const at = (wanted: (one: Record) => boolean, is: 'before' | 'after') => {
    const record = records.find(wanted);
    return record && { is, record };
  };
  switch (target.is) {
    case 'time': {
      const wanted = microsOf(target.time);
      return at(
        one => isEnd(one) && (target.inclusive ? microsOf(one.time) > wanted : microsOf(one.time) >= wanted),
        'before',
      );
    }
    case 'xid':
      return at(one => isEnd(one) && one.xid === target.xid, target.inclusive ? 'after' : 'before');
    case 'lsn':
      return at(one => one.lsn >= target.lsn, target.inclusive ? 'after' : 'before');
    case 'name':
      return at(one => one.is === 'point' && one.name === target.name, 'after');
    case 'immediate':
      return (records.at(-1)?.end ?? backup.start) >= backup.stop ? 'consistent' : undefined;
    case 'latest':
      return (records.at(-1)?.end ?? backup.start) >= backup.stop ? 'end' : undefined;
  }
}

/** Whether a restore of this backup with all WAL ends at the target, consistent, with nothing in it that is later. */
function works(world: World, backup: Backup, line: Timeline, target: Target): ReturnType<typeof ends> {
  const way = ancestry(world, line);
  const at = way.findIndex(({ number }) => number === backup.timeline);
  const fork = way[at + 1]?.from;
  if (backup.status !== 'ok' || at < 0 || (fork !== undefined && place(fork) < backup.stop)) return undefined;
  const records = replayed(world, backup, line, world.kept);
  const reached = records.at(-1)?.end ?? backup.start;
  if (reached < backup.stop) return undefined;
  const end = ends(records, target, backup);
  if (end === undefined || end === 'consistent') return end;
  if (end === 'end') return keptBehind(world, line, reached) ? undefined : end;
  if ((end.is === 'before' ? end.record.lsn : end.record.end) < backup.stop) return undefined;
  if (target.is === 'lsn' && target.lsn < backup.stop) return undefined;
  if (target.is === 'time') {
    const late = target.inclusive
      ? microsOf(backup.stopped) > microsOf(target.time)
      : microsOf(backup.stopped) >= microsOf(target.time);
    if (late) return undefined;
  }
  return end;
}

const lineFor = (world: World, wish: Wish, backup: Backup): Timeline =>
  wish.timeline === 'current'
    ? backup.stopTimeline
    : typeof wish.timeline === 'number'
      ? wish.timeline
      : world.lines.reduce((newest, { number }) => (number > newest ? number : newest), timeline(1));

test('what is chosen works, and where nothing is chosen nothing would have worked', () => {
  let [chosen, unreachable] = [0, 0];
  fc.assert(
    fc.property(worlds, wishes, (world, [target, line]) => {
      const wish: Wish = { target, timeline: typeof line === 'number' ? timeline(line) : line };
      if (typeof line === 'number' && line > world.lines.length) return;
      const found = chooseExactly(wish, knownOf(world));
      const good = world.backups.filter(
        backup => works(world, backup, lineFor(world, wish, backup), target) !== undefined,
      );
      if (found.is === 'unreachable') {
        unreachable += 1;
        const gaps = found.reasons.filter(reason => reason.is === 'gap');
        for (const name of gaps.flatMap(({ missing }) => missing)) expect(world.kept).not.toContain(name);
        // Just before a gap the index cannot always tell where the last records begin, and what lies behind it may be no whole record: it then rather refuses.
        if (gaps.length === 0 || (target.is !== 'lsn' && target.is !== 'latest'))
          expect(good.map(({ id }) => id)).toEqual([]);
        expect(found.reasons.length).toBeGreaterThan(0);
        expect(unreachableWords(found).join('\n')).not.toMatch(/undefined|NaN|\[object/);
        return;
      }
      chosen += 1;
      const { backup } = found;
      const files = new Set(found.segments.map(({ name, partial }) => (partial ? `${name}.partial` : name)));
      for (const name of files) expect(world.kept).toContain(name);
      const records = replayed(world, backup, found.timeline, files);
      const end = ends(records, target, backup);
      expect(end).toBeDefined();
      if (typeof end === 'object') {
        expect(found.end.is).toBe(end.is);
        if (target.is !== 'lsn') expect(showLsn(found.end.lsn)).toBe(showLsn(end.record.lsn));
        expect((end.is === 'before' ? end.record.lsn : end.record.end) >= backup.stop).toBe(true);
      }
      if (target.is === 'latest') expect(showLsn(found.end.lsn)).toBe(showLsn(records.at(-1)?.end ?? backup.stop));
      if (target.is === 'time') nothingLater(world, found, target.time);
      // None that is newer would have done; but of a name, the first one is meant.
      if (target.is !== 'name') {
        const newer = good.filter(one => microsOf(one.stopped) > microsOf(backup.stopped));
        expect(newer.map(({ id }) => id)).toEqual([]);
      }
    }),
    { numRuns: runs },
  );
  expect(Math.min(chosen, unreachable)).toBeGreaterThan(runs / 10);
});

/** Of all that is in the state which the recovery ends with, nothing is later than what was asked for. */
function nothingLater(world: World, { timeline: line, end }: Chosen, time: Instant): void {
  const later = recordsTo(world, line).filter(
    ({ record }) => isEnd(record) && record.lsn < end.lsn && microsOf(record.time) > microsOf(time),
  );
  expect(later).toEqual([]);
}

test('the nearest places that are named can be reached', () => {
  let named = 0;
  fc.assert(
    fc.property(worlds, wishes, (world, [target]) => {
      const known = knownOf(world);
      const found = chooseExactly({ target }, known);
      if (found.is === 'chosen') return;
      for (const point of [found.nearest.before, found.nearest.after]) {
        if (point === null) continue;
        named += 1;
        const there = chooseExactly({ target: point.target, timeline: point.timeline, backup: point.backup }, known);
        expect(there.is, showTarget(point.target)).toBe('chosen');
        if (target.is === 'time')
          expect(point === found.nearest.before).toBe(microsOf(point.time) <= microsOf(target.time));
      }
    }),
    { numRuns: runs / 2 },
  );
  expect(named).toBeGreaterThan(runs / 20);
});

//  1 ───B0──────●────────────┬───────── 40
//                            └ 2 ──B1─────── 70
const two: World = {
  lines: [
    { number: timeline(1), parent: null, from: 0, to: 40 },
    { number: timeline(2), parent: timeline(1), from: 30, to: 70 },
  ],
  backups: [backupOf(0, timeline(1), 3, 6), backupOf(1, timeline(2), 40, 44)],
  kept: new Set(),
};
const all: World = { ...two, kept: everyFile() };

/** Every file there could be. */
function everyFile(): ReadonlySet<string> {
  const names = new Set<string>();
  for (const line of [1, 2])
    for (let i = 0; i < 32; i += 1) {
      const name = `0000000${line}00000000000000${i.toString(16).toUpperCase().padStart(2, '0')}`;
      names.add(name).add(`${name}.partial`);
    }
  return names;
}

const words = (found: Chosen | Unreachable): string[] =>
  found.is === 'chosen' ? [`from ${found.backup.id}`, ...found.notes] : unreachableWords(found);

test('every refusal tells all reasons, and what can be had instead', () => {
  const known = knownOf(all);
  const at = (unitAt: number): Target => ({ is: 'time', time: timeOf(unitAt), inclusive: true });
  expect(words(chooseExactly({ target: at(0) }, known))).toMatchInlineSnapshot(`
    [
      "2027-01-15 08:00:00 UTC cannot be reached",
      "backup 20260101T000001Z-test is consistent only from 0/790000 on (2027-01-15 08:22:00 UTC)",
      "backup 20260101T000000Z-test is consistent only from 0/2D0000 on (2027-01-15 08:03:00 UTC)",
      "nearest after: 2027-01-15 08:03:00 UTC, where backup 20260101T000000Z-test is consistent (LSN 0/2D0000): --immediate --backup 20260101T000000Z-test",
    ]
  `);
  expect(words(chooseExactly({ target: at(90) }, known))).toMatchInlineSnapshot(`
    [
      "2027-01-15 08:45:00 UTC cannot be reached",
      "from backup 20260101T000001Z-test: the last transaction, 2072, ended at 2027-01-15 08:34:00 UTC; the WAL of timeline 2 is kept up to 0/AD0000, but a time is compared with the ends of transactions only",
      "from backup 20260101T000000Z-test: the last transaction, 2072, ended at 2027-01-15 08:34:00 UTC; the WAL of timeline 2 is kept up to 0/AD0000, but a time is compared with the ends of transactions only",
      "nearest before: 2027-01-15 08:34:00 UTC, transaction 2072: --to-lsn 0/AB0000 --timeline 2",
    ]
  `);
  expect(words(chooseExactly({ target: { is: 'name', name: 'nope' } }, known))).toMatchInlineSnapshot(`
    [
      "restore point "nope" cannot be reached",
      "from backup 20260101T000001Z-test on there is none on timeline 2; restore points there: "p2", "p4"",
      "from backup 20260101T000000Z-test on there is none on timeline 2; restore points there: "p0", "p2", "p4"",
    ]
  `);
  expect(words(chooseExactly({ target: { is: 'xid', xid: 1034, inclusive: true } }, known))).toMatchInlineSnapshot(`
    [
      "transaction 1034 cannot be reached",
      "from backup 20260101T000001Z-test on there is none on timeline 2",
      "from backup 20260101T000000Z-test on there is none on timeline 2",
      "it can be reached on timeline 1, from backup 20260101T000000Z-test: --timeline 1",
    ]
  `);
  expect(words(chooseExactly({ target: { is: 'latest' }, timeline: timeline(7) }, known))).toMatchInlineSnapshot(`
    [
      "the end of the WAL cannot be reached",
      "timeline 7 is not known; there are: 1, 2",
    ]
  `);
  const holed = new Set([...all.kept].filter(name => !name.startsWith('000000020000000000000008')));
  expect(words(chooseExactly({ target: { is: 'latest' } }, knownOf({ ...all, kept: holed })))).toMatchInlineSnapshot(`
    [
      "the end of the WAL cannot be reached",
      "from backup 20260101T000001Z-test the WAL of timeline 2 goes to 0/800000: 000000020000000000000008 missing",
      "from backup 20260101T000000Z-test the WAL of timeline 2 goes to 0/800000: 000000020000000000000008 missing",
      "nearest before: 2027-01-15 08:23:00 UTC, transaction 2049: --to-lsn 0/7D0000 --timeline 2",
    ]
  `);
  expect(words(choose({ target: { is: 'latest' } }, { ...known, backups: [] }))).toMatchInlineSnapshot(`
    [
      "the end of the WAL cannot be reached",
      "there is no backup",
    ]
  `);
});
