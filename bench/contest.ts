// Contestants in the same thing, taken by turns: their medians, side by side with the floor.

import { median } from './terminal.ts';

export interface Contestant {
  readonly name: string;
  /** Milliseconds of one round. */
  measure(round: number): Promise<number>;
}

export interface Result {
  readonly name: string;
  readonly median: number;
  readonly all: readonly number[];
}

/** Whatever else the machine does meanwhile hits all of them. */
export async function contest(contestants: readonly Contestant[], rounds: number): Promise<readonly Result[]> {
  const times = contestants.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, one] of contestants.entries()) times[at]?.push(await one.measure(round));
  }
  return contestants.map(({ name }, at) => ({ name, median: median(times[at] ?? []), all: times[at] ?? [] }));
}

/** The first of them is the floor. */
export function report(title: string, results: readonly Result[], ...notes: readonly string[]): void {
  const floor = results[0]?.median ?? Number.NaN;
  const width = Math.max(...results.map(({ name }) => name.length)) + 2;
  console.log(`\n${title}`);
  for (const { name, median: own, all } of results) {
    const more = own === floor ? '' : `  ${signed(own - floor)} ms, ${(own / floor).toFixed(2)} times the floor`;
    console.log(
      `  ${`${name}:`.padEnd(width)} median ${whole(own).padStart(5)} ms (${all.map(whole).join(', ')})${more}`,
    );
  }
  for (const note of notes) console.log(`  ${note}`);
}

const whole = (n: number): string => n.toFixed(0);
const signed = (n: number): string => `${n < 0 ? '' : '+'}${whole(n)}`;

/** One as a multiple of another. */
export const ratio = (results: readonly Result[], one: string, other: string): string => {
  const [a, b] = [one, other].map(name => results.find(result => result.name === name)?.median ?? Number.NaN);
  return ((a ?? Number.NaN) / (b ?? Number.NaN)).toFixed(2);
};
