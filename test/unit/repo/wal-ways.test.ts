// The ways through kept WAL, against a model: every record of a timeline whose file is kept is on exactly one of them as its own.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lsn, showLsn } from '../../../src/postgres/lsn.ts';
import { timeline } from '../../../src/postgres/timeline.ts';
import { isNext, lineAt, waysOf } from '../../../src/repo/wal-ways.ts';
import { knownOf, recordsTo, size, type World, worlds } from './wal-model.ts';

const label = (line: number, at: bigint): string => `${line}@${showLsn(lsn(at))}`;

/** What the ways show, each as often as it is shown. */
function shown(world: World): string[] {
  const { wal } = knownOf(world);
  const newest = world.lines.at(-1)!.number;
  return waysOf(wal, newest).flatMap(way =>
    recordsTo(world, way.line)
      .filter(
        ({ record }) =>
          record.end > way.own && way.slices.some(({ from, to }) => record.end > from && record.end <= to),
      )
      .map(({ record }) => label(lineAt(way, record.lsn), record.lsn)),
  );
}

/** Every record that ends in a file which is kept: of the timeline that wrote it, or also in copies that a later one begins with. */
function kept(world: World, copies: boolean): Set<string> {
  const { wal } = knownOf(world);
  return new Set(
    wal.stretches.flatMap(({ timeline: line, from, to }) =>
      recordsTo(world, line)
        .filter(({ record, line: writer }) => record.end > from && record.end <= to && (copies || writer === line))
        .map(({ record, line: writer }) => label(writer, record.lsn)),
    ),
  );
}

test('every record that is kept once, and nothing else', () => {
  fc.assert(
    fc.property(worlds, world => {
      const all = shown(world);
      const [once, there] = [new Set(all), kept(world, true)];
      expect(once.size).toBe(all.length);
      expect(all.filter(one => !there.has(one))).toEqual([]);
      expect([...kept(world, false)].filter(one => !once.has(one))).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test('what a restore without --timeline follows comes first; a branch that was left comes with what is its own', () => {
  const unit = BigInt(size);
  const [one, two] = [timeline(1), timeline(2)];
  const fork = lsn(3n * unit + 100n);
  const ways = waysOf(
    {
      segmentSize: size,
      histories: new Map([[two, { timeline: two, ancestors: [{ timeline: one, end: fork, reason: 'x' }] }]]),
      stretches: [
        { timeline: one, from: lsn(unit), to: lsn(5n * unit), partial: null },
        { timeline: two, from: lsn(3n * unit), to: lsn(4n * unit), partial: null },
      ],
    },
    two,
  );
  expect(ways.map(({ line, newest, own }) => [line, newest, own])).toEqual([
    [two, true, 0n],
    [one, false, fork],
  ]);
  const [main, left] = ways;
  expect(main!.slices.map(({ name }) => name.slice(0, 8))).toEqual(['00000001', '00000001', '00000002']);
  expect(main!.slices.slice(1).every((slice, at) => isNext(main!.slices[at], slice))).toBe(true);
  expect(left!.slices.map(({ to }) => to)).toEqual([2n, 3n, 4n, 5n].map(at => at * unit));
});
