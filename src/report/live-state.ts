// What the live view knows: the run's story, and how far the op in hand has come.

import type { JournalEvent } from '../engine/events.ts';
import type { Progress } from '../engine/kinds/kind.ts';
import type { News } from '../engine/running.ts';
import type { Instant } from '../time.ts';
import { measured, noRate, type Rate } from './byte-progress.ts';
import { harmless } from './columns.ts';
import { type Story, tell } from './story.ts';

/** How far the op in hand has come. */
export interface InHand extends Rate {
  readonly step: string;
  readonly n: number;
  readonly waiting: Extract<Progress, { is: 'waiting' }> | undefined;
  readonly bytes: Extract<Progress, { is: 'bytes' }> | undefined;
  /** The last line that the command printed. */
  readonly output: string | undefined;
}

export interface LiveState {
  readonly story: Story | undefined;
  readonly inHand: InHand | undefined;
  readonly now: Instant | undefined;
}

export const nothingYet: LiveState = { story: undefined, inHand: undefined, now: undefined };

export function hearNews(state: LiveState, news: News): LiveState {
  if (news.is === 'event') return hearEvent(state, news.event);
  const former = state.inHand?.step === news.step && state.inHand.n === news.n ? state.inHand : undefined;
  const base = former ?? { ...nothingInHand, step: news.step, n: news.n };
  return { ...state, inHand: withProgress(base, news.progress, state.now) };
}

const nothingInHand = {
  waiting: undefined,
  bytes: undefined,
  ...noRate,
  output: undefined,
};

function hearEvent(state: LiveState, event: JournalEvent): LiveState {
  const begins = event.e === 'began' || event.e === 'ended' || event.e === 'done' || event.e === 'end';
  return {
    story: tell(state.story, event),
    inHand: begins ? undefined : state.inHand,
    now: state.now !== undefined && state.now > event.at ? state.now : event.at,
  };
}

function withProgress(inHand: InHand, progress: Progress, now: Instant | undefined): InHand {
  switch (progress.is) {
    case 'waiting':
      return { ...inHand, waiting: progress };
    case 'output':
      return { ...inHand, output: harmless(progress.text).trim().split('\n').at(-1) ?? inHand.output };
    case 'bytes':
      // What was said before the bytes flowed (`waiting for checkpoint`) is over.
      return { ...inHand, bytes: progress, output: undefined, ...measured(inHand, progress.bytes, now) };
  }
}
