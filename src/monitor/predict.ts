// How long it would take, by what was measured here before; what was never done here is unknown, and not guessed. Pure.

import { type Bytes, bytes, type Duration, ms } from '../time.ts';
import type { Measured, Part, PartName } from './measured.ts';

/** What is to be done. `rest` is that of a book: nothing else tells how long its other steps take. */
export interface Work {
  /** The node, or `here`: what was measured at the same place counts before everything else. */
  readonly on: string;
  readonly book: string | null;
  readonly parts: readonly { readonly part: Exclude<PartName, 'rest'>; readonly bytes: Bytes }[];
}

export interface Prediction {
  /** Of all parts; null where one of them is unknown. */
  readonly took: Duration | null;
  readonly parts: readonly PartPrediction[];
}

export interface PartPrediction {
  readonly part: PartName;
  readonly bytes: Bytes | null;
  /** Null: nothing like it was measured here. */
  readonly took: Duration | null;
  /** On how many earlier ones it rests: their median. */
  readonly runs: number;
  /** The largest of them; null where it does not grow with the data. */
  readonly largest: Bytes | null;
  /** They were measured elsewhere, at another place of this cluster. */
  readonly elsewhere: boolean;
}

/** So little is over before it can be measured: its rate is that of the overhead. */
const leastBytes = 1024 * 1024;

/** Old ones say little of the disks of today. */
const atMost = 5;

export function predict({ on, book, parts }: Work, measured: readonly Measured[]): Prediction {
  const good = measured.filter(({ ok }) => ok);
  const found = [
    ...parts.filter(one => one.bytes > 0).map(one => growing(on, one, good)),
    ...(book === null ? [] : [rest(book, on, good)]),
  ];
  const known = found.flatMap(({ took }) => (took === null ? [] : [took]));
  const all = known.length === found.length;
  return { took: all ? ms(known.reduce((sum, one) => sum + one, 0)) : null, parts: found };
}

type Seen = Part & { readonly on: string };

const partsOf = (measured: readonly Measured[], name: PartName): Seen[] =>
  measured.flatMap(({ on, parts }) => parts.filter(({ part }) => part === name).map(part => ({ ...part, on })));

/** At the rate of the last ones: bytes by time. */
function growing(
  on: string,
  { part, bytes: size }: Work['parts'][number],
  measured: readonly Measured[],
): PartPrediction {
  const told = partsOf(measured, part).filter(one => (one.bytes ?? 0) >= leastBytes && one.took > 0);
  const { seen, elsewhere } = nearest(on, told);
  const rate = median(seen.map(one => (one.bytes ?? 0) / one.took));
  return {
    part,
    bytes: size,
    took: rate === null ? null : ms(Math.round(size / rate)),
    runs: seen.length,
    largest: seen.length === 0 ? null : bytes(Math.max(...seen.map(one => one.bytes ?? 0))),
    elsewhere,
  };
}

function rest(book: string, on: string, measured: readonly Measured[]): PartPrediction {
  const own = partsOf(
    measured.filter(({ what }) => what === book),
    'rest',
  );
  const { seen, elsewhere } = nearest(on, own);
  const took = median(seen.map(one => one.took));
  return {
    part: 'rest',
    bytes: null,
    took: took === null ? null : ms(took),
    runs: seen.length,
    largest: null,
    elsewhere,
  };
}

function nearest(on: string, told: readonly Seen[]): { readonly seen: readonly Seen[]; readonly elsewhere: boolean } {
  const same = told.filter(one => one.on === on);
  const seen = same.length > 0 ? same : told;
  return { seen: seen.slice(-atMost), elsewhere: same.length === 0 && told.length > 0 };
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
