// How long it would take: by the median of what was measured here, and never a guess.

import { expect, test } from 'vitest';
import { showTime } from '../../../src/report/numbers.ts';
import type { Measured, Part } from '../../../src/monitor/measured.ts';
import { predict, type Work } from '../../../src/monitor/predict.ts';
import { provenBooks } from '../../../src/monitor/proven.ts';
import { predictionWords } from '../../../src/report/prediction-words.ts';
import { bytes, type Instant, ms, seconds } from '../../../src/time.ts';

const gigabyte = 1024 ** 3;

let day = 0;
function measured(what: string, parts: readonly Part[], more: Partial<Measured> = {}): Measured {
  day += 1;
  return {
    at: `2026-11-${String(day).padStart(2, '0')}T03:00:00.000Z` as Instant,
    what,
    how: 'run',
    ok: true,
    on: 'node1',
    took: ms(parts.reduce((sum, { took }) => sum + took, 0)),
    size: bytes(gigabyte),
    parts,
    ...more,
  };
}

const part = (name: Part['part'], took: number, size: number | null = gigabyte): Part => ({
  part: name,
  bytes: size === null ? null : bytes(size),
  took: seconds(took),
});

const work = (more: Partial<Work> = {}): Work => ({
  on: 'node1',
  book: null,
  parts: [
    { part: 'restore', bytes: bytes(2 * gigabyte) },
    { part: 'replay', bytes: bytes(gigabyte / 2) },
  ],
  ...more,
});

const words = (one: Work, seen: readonly Measured[]): string => predictionWords(predict(one, seen), 'pitr');

test('nothing like it was run here: unknown, and what would measure it', () => {
  expect(words(work(), [])).toBe('unknown: nothing like it was run here; lifeboat rehearse pitr measures it');
  expect(words(work(), [measured('failover', [part('rest', 4, null)])])).toMatch(/^unknown: nothing like it/);
});

test('the rates are the median of the earlier ones, so that one slow night does not count', () => {
  const runs = [10, 12, 90].map(took => measured('restore', [part('restore', took), part('replay', 2 * took)]));
  expect(words(work(), runs)).toBe('about 36 s (restore 24 s, replay 12 s): median of 3 earlier runs');
  expect(words(work(), runs.slice(0, 1))).toContain('as the one earlier run');
});

test('one part is known and the other is not: no sum, and what is missing by name', () => {
  const said = words(work({ book: 'pitr' }), [measured('restore', [part('restore', 10)])]);
  expect(said).toBe(
    'unknown but for restore 20 s (as the one earlier run); never measured here: replay, the other steps; lifeboat rehearse pitr measures it',
  );
});

test('the same node counts before others, which are told; failed ones and tiny ones do not count', () => {
  const there = measured('restore', [part('restore', 40)], { on: 'node2' });
  const one = { ...work(), parts: work().parts.slice(0, 1) };
  expect(words(one, [there])).toBe('about 1 min 20 s: as the one earlier run, at another place');
  expect(words(one, [there, measured('restore', [part('restore', 10)])])).toBe('about 20 s: as the one earlier run');
  expect(words(one, [measured('restore', [part('restore', 1)], { ok: false })])).toMatch(/^unknown/);
  expect(words(one, [measured('restore', [part('restore', 1, 8192)])])).toMatch(/^unknown/);
});

test('what was measured with much less data is told', () => {
  const large = { ...work(), parts: [{ part: 'restore' as const, bytes: bytes(900 * gigabyte) }] };
  expect(words(large, [measured('restore', [part('restore', 10)])])).toMatch(
    /as the one earlier run, with 1 GB at most$/,
  );
});

test('the other steps of a book are its own, and do not grow', () => {
  const runs = [
    measured('pitr', [part('restore', 10), part('replay', 20), part('rest', 6, null)], { how: 'rehearsal' }),
    measured('failover', [part('rest', 400, null)]),
  ];
  expect(predict(work({ book: 'pitr' }), runs).took).toBe(20_000 + 10_000 + 6000);
});

test('which books are proven: the last good one of each, a failure after it, and what it would take today', () => {
  day = 0;
  const runs = [
    measured('pitr', [part('restore', 10), part('replay', 20), part('rest', 6, null)], { how: 'rehearsal' }),
    measured('failover', [part('rest', 4, null)], { size: null }),
    measured('rescue-table', [], { ok: false }),
    measured('pitr', [], { ok: false }),
  ];
  const found = provenBooks(runs, { size: bytes(2 * gigabyte), replay: bytes(gigabyte) });
  expect(
    found.map(({ book, at, failed, predicted }) => [book, showTime(at), failed && showTime(failed), predicted]),
  ).toEqual([
    ['failover', '2026-11-02 03:00:00 UTC', null, 4000],
    ['pitr', '2026-11-01 03:00:00 UTC', '2026-11-04 03:00:00 UTC', 30_000 + 20_000 + 6000],
  ]);
  expect(provenBooks(runs, null).map(({ predicted }) => predicted)).toEqual([4000, null]);
});
