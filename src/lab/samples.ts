// Answers of pg_isready as several askers bring them, put into one order: runs of equal answers, and how close they lie.

import type { Readiness } from '../postgres/isready.ts';
import type { Duration, Instant } from '../time.ts';
import { instant, ms } from '../time.ts';

/** One answer. Ticks are those of performance.now(), to 10 ms. */
export interface Sample {
  readonly is: Readiness;
  /** When it was asked for, and when it came. */
  readonly asked: number;
  readonly came: number;
}

export interface ReadyRun {
  readonly is: Readiness;
  /** When the first and the last of these answers came. */
  readonly from: Instant;
  readonly to: Instant;
  /** The same in ticks of performance.now(), to 10 ms. */
  readonly fromTicks: number;
  readonly toTicks: number;
  readonly count: number;
}

/** How close the questions lie to each other: how short a state could have gone unseen. */
export interface Spacing {
  /** The longest time between two questions, whose answers may be under way together. */
  readonly widest: Duration;
  readonly mean: Duration;
  /** The longest that the server took to answer. */
  readonly slowest: Duration;
}

/** Puts a sample where its time belongs: askers that take turns are not read in the order in which they were answered. */
export function insert(samples: Sample[], sample: Sample): void {
  const before = samples.findLastIndex(({ came }) => came <= sample.came);
  samples.splice(before + 1, 0, sample);
}

/**
 * Runs of equal answers, in order, from samples in order.
 *
 * Questions overlap, so an answer can be overtaken by one that was given later. What was asked before the present state was
 * first heard of, and says what was so before it, is such an answer: it belongs to the run before, and is no change back.
 */
export function runsOf(samples: readonly Sample[]): ReadyRun[] {
  const runs: Draft[] = [];
  for (const sample of samples) {
    const last = runs.at(-1);
    const former = runs.at(-2);
    if (last?.is === sample.is) extend(last, sample);
    else if (last && former?.is === sample.is && sample.asked < last.from) former.count += 1;
    else runs.push({ is: sample.is, from: sample.came, to: sample.came, count: 1 });
  }
  return runs.map(({ is, from, to, count }) => ({
    is,
    from: instantAt(from),
    to: instantAt(to),
    fromTicks: from,
    toTicks: to,
    count,
  }));
}

interface Draft {
  readonly is: Readiness;
  readonly from: number;
  to: number;
  count: number;
}

function extend(run: Draft, { came }: Sample): void {
  run.to = came;
  run.count += 1;
}

/** Undefined where there is nothing between two questions. */
export function spacingOf(samples: readonly Sample[]): Spacing | undefined {
  const asked = samples.map(one => one.asked).sort((a, b) => a - b);
  const gaps = asked.slice(1).map((at, i) => at - (asked[i] ?? at));
  if (gaps.length === 0) return undefined;
  const sum = gaps.reduce((a, b) => a + b, 0);
  const took = samples.flatMap(one => (one.is === 'no-response' ? [] : [one.came - one.asked]));
  return { widest: ms(most(gaps)), mean: ms(sum / gaps.length), slowest: ms(most(took)) };
}

const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);

const instantAt = (ticks: number): Instant => instant(new Date(performance.timeOrigin + ticks));
