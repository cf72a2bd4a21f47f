// What a run does, a line for each event: for pipes, logs and terminals that cannot redraw.

import type { JournalEvent, Proof } from '../engine/events.ts';
import type { Progress } from '../engine/kinds/kind.ts';
import { opWords } from '../engine/kinds/index.ts';
import type { News } from '../engine/running.ts';
import type { Checks } from '../look/check.ts';
import { showLoss } from '../look/loss.ts';
import type { StepId } from '../runbook/book-types.ts';
import { between, type Duration, type Instant, ms, seconds, showDuration } from '../time.ts';
import { bytesWords, measured, noRate, type Rate } from './byte-progress.ts';
import { harmless, padEnd, widthOf } from './columns.ts';
import { wordsOfOp } from './op-words.ts';
import { evidenceOf, foundWords, placeOf, proofMark } from './proof-words.ts';
import { type Paint, painter } from './style.ts';
import { outcomeWords, type Story, tell } from './story.ts';
import type { Watcher } from './watcher.ts';

export interface PlainOptions {
  readonly checks: Checks;
  /** Takes a line, without its line feed. */
  readonly write: (line: string) => void;
  readonly colour: boolean;
  /** What the journal held before, where a run is resumed; nothing is printed of it. */
  readonly history?: readonly JournalEvent[];
  /** The least time between two lines about one wait. */
  readonly pause?: Duration;
  /** The least time between two lines about one copy. */
  readonly copyPause?: Duration;
}

interface Said {
  readonly words: string;
  /** Colours a line, once it is known to be harmless. */
  readonly dress?: (line: string) => string;
}

type Copied = Extract<Progress, { is: 'bytes' }>;

const toldWords = ({ on, facts, by }: Story['told'][number]): string => `told by ${by} of ${on}: ${facts}`;

const asItIs = (line: string): string => line;

export class PlainWatcher implements Watcher {
  readonly #options: PlainOptions;
  readonly #paint: Paint;
  #story: Story | undefined;
  #now: Instant | undefined;
  #ids = 0;
  #said: { readonly key: string; readonly at: Instant } | undefined;
  #copy: { readonly key: string; readonly rate: Rate } | undefined;

  constructor(options: PlainOptions) {
    this.#options = options;
    this.#paint = painter(options.colour);
    for (const event of options.history ?? []) this.#take(event);
  }

  hear(news: News): void {
    if (news.is === 'progress') {
      this.#progress(news.step, news.n, news.progress);
      return;
    }
    this.#take(news.event);
    const { event } = news;
    const step = 'step' in event ? event.step : null;
    for (const { words, dress } of this.#lines(event)) this.#line(event.at, step, words, dress);
  }

  tick(now: Instant): void {
    this.#now = now;
  }

  end(): void {
    this.#said = undefined;
  }

  #take(event: JournalEvent): void {
    this.#story = tell(this.#story, event);
    this.#now = event.at;
    if (event.e === 'run') this.#ids = Math.max(0, ...event.plan.steps.map(({ id }) => widthOf(id)));
  }

  #line(at: Instant, step: StepId | null, words: string, dress: Said['dress'] = asItIs): void {
    const label = step === null ? '' : `${padEnd(step, this.#ids)}  `;
    for (const line of harmless(words).split('\n')) this.#options.write(`${at.slice(11, 19)} ${label}${dress(line)}`);
  }

  #lines(event: JournalEvent): Said[] {
    const say = (...lines: string[]): Said[] => lines.map(words => ({ words }));
    const { good, bad } = this.#paint;
    switch (event.e) {
      case 'run': {
        const { book, cluster, fingerprint } = event.plan;
        return say(
          `${event.at.slice(0, 10)}, all times UTC: run ${event.run} of ${book} on cluster ${cluster}, plan ${fingerprint}, by ${event.by}`,
          ...(this.#story?.told ?? []).map(toldWords),
        );
      }
      case 'told':
        return say(...(this.#story?.told ?? []).slice(-1).map(toldWords));
      case 'locked':
        return say(`locked on ${event.on.length === 0 ? 'no node' : event.on.join(', ')}`);
      case 'step':
        return say(`step ${this.#place(event.step)}: ${this.#step(event.step)?.title ?? ''}`);
      case 'way':
        return event.why === null ? [] : say(`way ${event.way}: ${event.why}`);
      case 'left-out':
        return say(`left out: ${event.why}`);
      case 'began': {
        const { verb, on, text } = wordsOfOp(event.op, this.#options.checks);
        return say(`began ${verb} ${on === null ? '' : `${on} `}${text.replaceAll('\n', ' ')}`);
      }
      case 'token':
        return [];
      case 'ended':
        return [{ words: this.#ended(event), ...(event.outcome.is !== 'done' && { dress: bad }) }];
      case 'answered':
        return say(
          `commit point passed: ${event.loss === null ? 'no loss is reckoned' : `lost at most ${showLoss(event.loss)}`}; answered "${event.answer}" by ${event.by}`,
        );
      case 'proven':
        return event.proofs.flatMap(proof => this.#proof(proof));
      case 'done':
        return [{ words: this.#done(event), ...(event.is === 'failed' && { dress: bad }) }];
      case 'undone':
        return say(`undo ${event.words}: ${outcomeWords(event.outcome)}`);
      case 'resumed':
        return say(`resumed by ${event.by}`);
      case 'end':
        return [
          { words: `${event.why} (exit ${String(event.exit)})`, dress: event.exit === 0 ? good : bad },
          ...(event.hint === null ? [] : say(`HINT: ${event.hint.replaceAll('\n', '\n      ')}`)),
        ];
    }
  }

  #step = (id: StepId) => this.#story?.steps.find(step => step.id === id);

  #place(id: StepId): string {
    return `${String(this.#step(id)?.number ?? '?')} of ${String(this.#story?.steps.length ?? '?')}`;
  }

  #ended({ step, n, outcome, settled }: Extract<JournalEvent, { e: 'ended' }>): string {
    const op = this.#step(step)?.ops.findLast(one => one.n === n);
    const verb = op ? opWords(op.op.do).verb : 'op';
    const took = op?.ended ? ` in ${showDuration(between(op.began, op.ended))}` : '';
    return `ended ${verb}${took}: ${outcomeWords(outcome)}${settled ? ' (settled by looking)' : ''}`;
  }

  #proof(proof: Proof): Said[] {
    const mark = proofMark(proof.verdict);
    const found = proof.verdict.is === 'holds' ? '' : `: ${foundWords(proof.verdict)}`;
    const dress = mark === '✗' ? this.#paint.bad : asItIs;
    const lines = evidenceOf(proof).map(one => ({
      words: `  ${placeOf(one)}  ${one.text.replaceAll('\n', ' ')}`,
      dress: this.#paint.dim,
    }));
    return [{ words: `proved ${mark} ${proof.words}${found}`, dress }, ...lines];
  }

  #done({ step, is, why }: Extract<JournalEvent, { e: 'done' }>): string {
    const story = this.#step(step);
    const took = story?.began && story.ended ? ` in ${showDuration(between(story.began, story.ended))}` : '';
    return `${is}${is === 'skipped' ? '' : took}${why === null ? '' : `: ${why}`}`;
  }

  /** The first word of a wait at once, then one every few seconds: a log that is read later should not be a film. */
  #progress(step: StepId, n: number, progress: Progress): void {
    const now = this.#now;
    if (now === undefined || progress.is === 'output') return;
    const key = `${step} ${String(n)}`;
    const { pause = seconds(5), copyPause = seconds(10) } = this.#options;
    if (progress.is === 'bytes') {
      this.#copied(now, step, key, progress, copyPause);
      return;
    }
    if (this.#said?.key === key && between(this.#said.at, now) < pause) return;
    this.#said = { key, at: now };
    const left = Math.max(0, between(now, progress.deadline));
    this.#line(
      now,
      step,
      `waits until ${progress.until}; found ${progress.found}; at most ${showDuration(ms(left))} more`,
    );
  }

  /** From the moment on at which the rate can be told; then one line every while. */
  #copied(now: Instant, step: StepId, key: string, { bytes: done, of }: Copied, pause: Duration): void {
    const rate = measured(this.#copy?.key === key ? this.#copy.rate : noRate, done, now);
    this.#copy = { key, rate };
    if (rate.rate === undefined || (this.#said?.key === key && between(this.#said.at, now) < pause)) return;
    this.#said = { key, at: now };
    this.#line(now, step, bytesWords(done, of, rate.rate));
  }
}
