// A plan against the run that carried it out: which steps and commands went as it had said. Pure.

import type { JournalEvent } from '../engine/events.ts';
import type { PlannedStep } from '../engine/planned.ts';
import { type StepStory, storyOf } from './story.ts';

export interface ForecastKept {
  readonly steps: number;
  /** Of these, those that were done, or were skipped, as foreseen. */
  readonly asForeseen: number;
  /** What went otherwise: `promote: foreseen to be done, failed`. */
  readonly otherwise: readonly string[];
  /** Commands that the plan showed for the ways that were taken. */
  readonly commands: number;
  /** Of these, those that were not needed: what they are for held already. */
  readonly notNeeded: number;
}

/** Of the events of one run; null where it had not begun. */
export function forecastKept(events: readonly JournalEvent[]): ForecastKept | null {
  const story = storyOf(events);
  if (story === undefined) return null;
  const pairs = story.plan.steps.flatMap((planned, at) => {
    const done = story.steps[at];
    return done === undefined ? [] : [{ planned, done }];
  });
  const otherwise = pairs.flatMap(({ planned, done }) => differs(planned, done));
  const taken = pairs.filter(({ done }) => done.status === 'done');
  return {
    steps: pairs.length,
    asForeseen: pairs.length - otherwise.length,
    otherwise,
    commands: taken.reduce((sum, { planned, done }) => sum + shown(planned, done), 0),
    notNeeded: taken.reduce((sum, { done }) => sum + done.leftOut.length, 0),
  };
}

/** Where an `if` is decided on the way, both are foreseen. */
function differs({ id, happens }: PlannedStep, { status }: StepStory): string[] {
  if (happens === false) return status === 'skipped' ? [] : [`${id}: foreseen to be skipped, ${status}`];
  const well = status === 'done' || (happens !== true && status === 'skipped');
  return well ? [] : [`${id}: foreseen to be done, ${status}`];
}

const shown = ({ ways }: PlannedStep, { way }: StepStory): number =>
  (ways.find(({ name }) => name === way) ?? ways[0])?.ops.length ?? 0;
