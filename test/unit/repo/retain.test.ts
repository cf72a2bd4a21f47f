// What retention keeps and why, and that nothing which is kept loses the WAL that it needs.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { timeline } from '../../../src/postgres/timeline.ts';
import type { Backup } from '../../../src/repo/backup.ts';
import { choose, type Known } from '../../../src/repo/choose.ts';
import { isWhole, type Policy, retain, type Retention, spansOn } from '../../../src/repo/retain.ts';
import { instantOfMicros, microsOf, ms } from '../../../src/time.ts';
import { backupOf, knownOf, place, size, timeOf, type World, worlds } from './wal-model.ts';

const nothing = { keeps: new Map<string, string>(), inUse: new Map<string, string>(), busy: false };
const minutes = (count: number) => ms(count * 60_000);

const policies: fc.Arbitrary<Policy> = fc.record(
  { redundancy: fc.integer({ min: 1, max: 4 }), window: fc.integer({ min: 1, max: 60 }).map(minutes) },
  { requiredKeys: [] },
);

/** The world as it is after the plan was carried out. */
function afterwards(world: World, { backups, wal }: Retention): World {
  const kept = backups.flatMap(({ backup, verdict }) => (verdict.is === 'kept' ? [backup] : []));
  const files = [...world.kept].filter(name => {
    const line = timeline(Number.parseInt(name.slice(0, 8), 16));
    const start = BigInt(`0x${name.slice(16, 24)}`) * BigInt(size);
    const floor = wal.get(line);
    return floor !== null && (floor === undefined || start + BigInt(size) > floor);
  });
  return { ...world, backups: kept, kept: new Set(files) };
}

const reaches = (known: Known, backup: Backup): string[] =>
  [...new Set([...known.wal.histories.keys(), timeline(1)])].flatMap(line =>
    spansOn(line, [backup], known.wal).map(({ from, to }) => `${line} ${from} ${to}`),
  );

test('a backup that is kept reaches all that it reached before; what is lost was told', () => {
  let [dropped, lost] = [0, 0];
  fc.assert(
    fc.property(worlds, policies, fc.integer({ min: 0, max: 100 }), (world, policy, now) => {
      const before = knownOf(world);
      const retention = retain(world.backups, nothing, before.wal, policy, timeOf(now));
      const left = afterwards(world, retention);
      const after = knownOf(left);
      dropped += world.backups.length - left.backups.length;
      const restorable = world.backups.filter(backup => isWhole(backup, before.wal));
      const still = left.backups.filter(backup => isWhole(backup, after.wal));
      // The last one that can be restored never goes, and never fewer stay than were asked for.
      expect(still.length).toBeGreaterThanOrEqual(Math.min(restorable.length, policy.redundancy ?? 1));
      for (const backup of left.backups) {
        if (isWhole(backup, before.wal)) expect(reaches(after, backup)).toEqual(reaches(before, backup));
      }
      // Every place that could be reached can be still, or is told to be lost.
      for (const backup of restorable) {
        for (const line of [backup.stopTimeline, ...before.wal.histories.keys()]) {
          for (const span of spansOn(line, [backup], before.wal)) {
            if (span.to === span.from) continue;
            const told = retention.lost.some(
              one => one.timeline === line && one.from <= span.from && span.from < one.to,
            );
            const covered = left.backups.some(
              one =>
                isWhole(one, after.wal) &&
                spansOn(line, [one], after.wal).some(({ from, to }) => from <= span.from && span.from <= to),
            );
            if (told) lost += 1;
            expect(told || covered).toBe(true);
          }
        }
      }
    }),
    { numRuns: 600 },
  );
  expect(dropped).toBeGreaterThan(50);
  expect(lost).toBeGreaterThan(10);
}, 60_000);

test('every moment of the window that could be reached can be reached afterwards', () => {
  let moments = 0;
  fc.assert(
    fc.property(worlds, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 90 }), (world, window, at) => {
      const now = timeOf(at);
      const before = knownOf(world);
      const retention = retain(world.backups, nothing, before.wal, { window: minutes(window) }, now);
      const after = knownOf(afterwards(world, retention));
      for (let back = 0; back <= window; back += 3) {
        const time = instantOfMicros(microsOf(now) - back * 60_000_000 + 30_000_000);
        for (const line of [timeline(1), ...before.wal.histories.keys()]) {
          const wish = { target: { is: 'time' as const, time, inclusive: true }, timeline: line };
          const found = choose(wish, { ...before, read: before.everything });
          if (found.is === 'unreachable') continue;
          // A moment before the backup: nothing was committed in between, says WAL from before the backup, which need not stay.
          if (microsOf(found.backup.stopped) > microsOf(time)) continue;
          moments += 1;
          expect(choose(wish, { ...after, read: after.everything }).is).toBe('chosen');
        }
      }
    }),
    { numRuns: 500 },
  );
  expect(moments).toBeGreaterThan(50);
}, 60_000);

const one = timeline(1);
const line = (backups: readonly Backup[], to = 60): Known & { wal: Known['wal'] } => {
  const kept = new Set(
    Array.from(
      { length: 32 },
      (_, i) => `00000001000000000000${i.toString(16).toUpperCase().padStart(4, '0')}`,
    ).flatMap(name => [name, `${name}.partial`]),
  );
  return knownOf({ lines: [{ number: one, parent: null, from: 0, to }], backups, kept });
};

const said = (retention: Retention): string[] =>
  retention.backups.map(
    ({ backup, verdict }) => `${backup.id.slice(13, 16)} ${verdict.is}: ${verdict.because.join('; ')}`,
  );

test('each backup has its reasons', () => {
  const backups = [0, 1, 2, 3].map(number => backupOf(number, one, 2 + 12 * number, 5 + 12 * number, number === 1));
  const { wal } = line(backups);
  const circumstances = { ...nothing, keeps: new Map([[backups[0]!.id, 'end of the year']]) };
  expect(said(retain(backups, circumstances, wal, { redundancy: 1 }, timeOf(60)))).toEqual([
    '00Z kept: marked by lifeboat keep: end of the year',
    '01Z dropped: it failed, and a newer one can be restored',
    '02Z dropped: 1 newer one is kept',
    '03Z kept: among the newest 1',
  ]);
  expect(said(retain(backups, nothing, wal, { window: minutes(16), redundancy: 1 }, timeOf(60)))).toEqual([
    '00Z dropped: 1 newer one is kept; the window does not need it',
    '01Z dropped: it failed, and a newer one can be restored',
    '02Z kept: the window begins with it',
    '03Z kept: among the newest 1; taken within the window',
  ]);
  expect(
    said(
      retain(
        backups,
        { ...nothing, inUse: new Map([[backups[2]!.id, 'a restore of me@here']]) },
        wal,
        { redundancy: 1 },
        timeOf(60),
      ),
    )[2],
  ).toBe('02Z kept: in use by a restore of me@here');
});

test('a failed backup stays for inspection until a newer one can be restored', () => {
  const backups = [backupOf(0, one, 2, 5), backupOf(1, one, 14, 17, true)];
  expect(said(retain(backups, nothing, line(backups).wal, { redundancy: 1 }, timeOf(60)))).toEqual([
    '00Z kept: among the newest 1',
    '01Z kept: it failed, and newer than the newest that can be restored',
  ]);
});

test('a clock that jumps back, and equal times, change nothing: the place in the WAL decides', () => {
  const [first, second, third] = [backupOf(0, one, 2, 5), backupOf(1, one, 14, 17), backupOf(2, one, 26, 29)];
  const jumped = { ...third, started: timeOf(0), stopped: timeOf(0) };
  const retention = retain([jumped, first, second], nothing, line([]).wal, { redundancy: 1 }, timeOf(4));
  expect(said(retention).map(words => words.slice(0, 8))).toEqual(['00Z drop', '01Z drop', '02Z kept']);
  expect(retention.warnings).toEqual([
    `${second.id}: taken in the future, by the clock of this machine; is it right?`,
    `${jumped.id}: older by the clock than a backup before it; their places in the WAL decide`,
  ]);
  const equal = [second, first].map(backup => ({ ...backup, stopped: timeOf(9) }));
  expect(said(retain(equal, nothing, line([]).wal, { redundancy: 1 }, timeOf(60)))[1]).toMatch(/^01Z kept/);
});

test('where no backup can be restored none goes, and no WAL', () => {
  const backups = [backupOf(0, one, 2, 5), backupOf(1, one, 14, 17)];
  const known = knownOf({
    lines: [{ number: one, parent: null, from: 0, to: 40 }],
    backups,
    kept: new Set(['000000010000000000000005']),
  });
  const retention = retain(backups, nothing, known.wal, { redundancy: 1 }, timeOf(60));
  expect(retention.backups.map(({ verdict }) => verdict.is)).toEqual(['kept', 'kept']);
  expect([...retention.wal]).toEqual([[1, 0n]]);
});

//  1 ──B0──B1────┬───B2── 60        2 was promoted by accident, or is what a recovery to an earlier moment began
//                └ 2 ──── 50
test('neither a stray timeline nor a dead one takes the backups of the other away', () => {
  const lines = [
    { number: one, parent: null, from: 0, to: 60 },
    { number: timeline(2), parent: one, from: 30, to: 50 },
  ];
  const backups = [backupOf(0, one, 2, 5), backupOf(1, one, 14, 17), backupOf(2, one, 40, 44)];
  const known = knownOf({ lines, backups, kept: line([]).wal.stretches.length > 0 ? everyFile() : new Set() });
  const retention = retain(backups, nothing, known.wal, { redundancy: 1 }, timeOf(70));
  expect(said(retention).map(words => words.slice(0, 8))).toEqual(['00Z drop', '01Z kept', '02Z kept']);
  expect(retention.wal.get(one)).toBe(place(14) - (place(14) % BigInt(size)));
});

function everyFile(): Set<string> {
  return new Set(
    [1, 2]
      .flatMap(number =>
        Array.from(
          { length: 32 },
          (_, i) => `0000000${number}00000000000000${i.toString(16).toUpperCase().padStart(2, '0')}`,
        ),
      )
      .flatMap(name => [name, `${name}.partial`]),
  );
}
