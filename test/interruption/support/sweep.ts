// Carries a scenario out once without a break, and then again for every place where it can be cut.

import { readJournal } from '../../../src/engine/journal.ts';
import type { JournalEvent } from '../../../src/engine/events.ts';
import { type Scenario, stageOf } from './scenarios.ts';
import { type Mishap, type Outcome, place, type Stage } from './stage.ts';
import { complaints, endState } from './verdict.ts';

export interface Uninterrupted {
  readonly state: unknown;
  readonly events: readonly JournalEvent[];
  readonly commands: number;
  /** Which events are written with fsync: what comes after the last of them can be lost with the machine. */
  readonly stage: Stage;
}

export async function uninterrupted(book: string, scenario: Scenario): Promise<Uninterrupted> {
  const stage = stageOf(book, scenario);
  const done = await stage.start();
  if (done.end?.exit !== 0)
    throw new Error(`${scenario.name}: exit ${String(done.end?.exit)}: ${String(done.end?.why)}`);
  return { state: endState(stage.world), events: done.events, commands: done.commands, stage };
}

export interface Case {
  readonly words: string;
  /** What befalls the first process, and then each one that resumes. */
  readonly mishaps: readonly Mishap[];
}

/** One case from beginning to end; what is wrong with it, in words. */
export async function carryThrough(book: string, scenario: Scenario, one: Case, expected: unknown): Promise<string[]> {
  const stage = stageOf(book, scenario);
  const [first, ...more] = one.mishaps;
  let last = await stage.start(first);
  for (const mishap of [...more, {}]) {
    if (isOver(last, await stage.events())) break;
    last = await stage.resume(mishap);
  }
  return judge(stage, last, scenario, one, expected);
}

/** Its end stands in the journal, or nothing stands there at all: then nothing was begun. */
const isOver = ({ end }: Outcome, events: readonly JournalEvent[]): boolean => {
  const stands = events.at(-1);
  return end?.exit === 0 || (stands?.e === 'end' && stands.exit === 0);
};

async function judge(stage: Stage, last: Outcome, scenario: Scenario, one: Case, expected: unknown): Promise<string[]> {
  const wrong = complaints(stage, last, scenario, expected);
  const events = readJournal(await stage.ledger.lines()).events;
  if (events.at(-1)?.e !== 'end') wrong.push(`the journal ends with ${place(events.at(-1))}`);
  return wrong.map(words => `${one.words}: ${words}`);
}

/** All cases; what is wrong with any. */
export async function sweep(
  book: string,
  scenario: Scenario,
  cases: readonly Case[],
  expected: unknown,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const one of cases) wrong.push(...(await carryThrough(book, scenario, one, expected)));
  return wrong;
}
