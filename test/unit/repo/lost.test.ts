// What is lost by going back, against a count of every record, over worlds grown at random.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Timeline } from '../../../src/postgres/timeline.ts';
import { type Chosen, choose } from '../../../src/repo/choose.ts';
import { type Lost, lostAfter, type Present } from '../../../src/repo/lost.ts';
import type { Target } from '../../../src/repo/target.ts';
import type { TransactionEnd } from '../../../src/repo/wal-kept.ts';
import { isEnd, knownOf, place, type Record, recordsTo, unit, type World, worlds } from './wal-model.ts';

type AllKnown = ReturnType<typeof knownOf>;

/** As way-back.ts does: reads only what is asked for. */
function exactly<Answer extends { readonly unread: readonly string[] }>(
  known: AllKnown,
  ask: (known: AllKnown & { read: ReadonlyMap<string, readonly TransactionEnd[]> }) => Answer,
): Answer {
  const read = new Map<string, readonly TransactionEnd[]>();
  for (;;) {
    const found = ask({ ...known, read });
    const next = found.unread.find(name => !read.has(name));
    if (next === undefined) return found;
    read.set(next, known.everything.get(next)!);
  }
}

interface Aim {
  readonly by: 'time' | 'xid' | 'lsn' | 'name';
  readonly at: number;
  readonly inclusive: boolean;
}

const aims: fc.Arbitrary<Aim> = fc.record({
  by: fc.constantFrom('time' as const, 'xid' as const, 'lsn' as const, 'name' as const),
  at: fc.nat(),
  inclusive: fc.boolean(),
});

/** By a record of this timeline, for others are hardly ever hit. */
function targetOf(world: World, line: Timeline, { by, at, inclusive }: Aim): Target {
  const all = recordsTo(world, line).map(({ record }) => record);
  const records = by === 'xid' ? all.filter(isEnd) : by === 'name' ? all.filter(({ is }) => is === 'point') : all;
  const one = records[at % Math.max(1, records.length)] ?? all[0]!;
  if (by === 'time') return { is: by, time: one.time, inclusive };
  if (by === 'xid') return { is: by, xid: one.xid, inclusive };
  return by === 'lsn' ? { is: by, lsn: one.lsn, inclusive } : { is: 'name', name: one.name };
}

const key = ({ record, line }: { record: Record; line: Timeline }): string => `${record.lsn} ${line}`;

/** All that a restore to there has. */
function held(world: World, { timeline, end }: Chosen): ReadonlySet<string> {
  const all = recordsTo(world, timeline);
  return new Set(
    all.filter(({ record }) => record.lsn < end.lsn || (end.is === 'after' && record.lsn === end.lsn)).map(key),
  );
}

test('what a present on any timeline has and the restored does not, record by record', () => {
  let counted = 0;
  fc.assert(
    fc.property(worlds, aims, fc.nat(), fc.nat(), (world, aim, of, on) => {
      const known = knownOf(world);
      const wanted = world.lines[of % world.lines.length]!.number;
      const target = targetOf(world, wanted, aim);
      const now = world.lines[on % world.lines.length]!;
      const chosen = exactly(known, one => choose({ target, timeline: wanted }, one));
      if (chosen.is !== 'chosen') return;
      const present: Present = { timeline: now.number, written: place(now.to) };
      const lost = exactly(known, one => lostAfter(chosen, present, one));
      const have = held(world, chosen);
      const gone = recordsTo(world, now.number).filter(one => !have.has(key(one)));
      const from = gone[0]?.record.lsn ?? place(now.to);
      // Of a record that is no end of a transaction nobody knows how long it is: it counts, though it is restored.
      const early = target.is === 'lsn' && target.inclusive ? unit : 0;
      expect([0, early]).toContain(lost.size - Number(place(now.to) - from));
      // Where WAL is missing in between nobody can count.
      if (lost.unseen > 0) return;
      const ends = gone.map(({ record }) => record).filter(isEnd);
      expect(lost.commits).toBe(ends.filter(({ is }) => is === 'commit').length);
      expect([lost.first?.lsn, lost.last?.lsn]).toEqual([ends[0]?.lsn, ends.at(-1)?.lsn]);
      counted += 1;
    }),
    { numRuns: Number(process.env['LIFEBOAT_PROPERTY_RUNS'] ?? 200) },
  );
  expect(counted).toBeGreaterThan(20);
});

test('what the primary wrote and nobody keeps is part of it, and nobody knows what it was', () => {
  const world: World = {
    lines: [{ number: 1 as Timeline, parent: null, from: 0, to: 20 }],
    backups: [],
    kept: new Set(),
  };
  const chosen = { timeline: 1, end: { is: 'before', lsn: place(4), time: null, xid: null } } as Pick<
    Chosen,
    'timeline' | 'end'
  >;
  const lost: Lost = lostAfter(chosen, { timeline: 1 as Timeline, written: place(20) }, knownOf(world));
  expect(lost).toMatchObject({ from: place(4), to: place(20), commits: 0, first: null });
  expect(lost.unseen).toBe(lost.size);
  // Nobody says what the primary has: what is kept counts, and that is nothing.
  expect(lostAfter(chosen, { timeline: 1 as Timeline, written: null }, knownOf(world)).size).toBe(0);
});
