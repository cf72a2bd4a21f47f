// What the live view knows: the run's story, and how far the op in hand has come.

import type { JournalEvent } from '../engine/events.ts';
import type { Progress } from '../engine/kinds/kind.ts';
import type { News } from '../engine/running.ts';
import { between, type Instant } from '../time.ts';
import { harmless } from './columns.ts';
import { type Story, tell } from './story.ts';

/** How far the op in hand has come. */
export interface InHand {
  readonly step: string;
  readonly n: number;
  readonly waiting: Extract<Progress, { is: 'waiting' }> | undefined;
  readonly bytes: Extract<Progress, { is: 'bytes' }> | undefined;
  /** Bytes per second, smoothed; undefined before two looks. */
  readonly rate: number | undefined;
  readonly since: { readonly at: Instant; readonly bytes: number } | undefined;
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
  rate: undefined,
  since: undefined,
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
      return { ...inHand, bytes: progress, ...measured(inHand, progress.bytes, now) };
  }
}

/** The mean over half a second at least, then half old and half new: a rate that can be read while it changes. */
function measured(inHand: InHand, bytes: number, now: Instant | undefined): Pick<InHand, 'rate' | 'since'> {
  if (now === undefined) return inHand;
  if (inHand.since === undefined) return { rate: undefined, since: { at: now, bytes } };
  const passed = between(inHand.since.at, now);
  if (passed < 500) return inHand;
  const current = ((bytes - inHand.since.bytes) / passed) * 1000;
  const rate = inHand.rate === undefined ? current : (inHand.rate + current) / 2;
  return { rate, since: { at: now, bytes } };
}
