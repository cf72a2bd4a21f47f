// The live view as lines: every step with its mark and time; for the one in hand what is waited for, what is found, how long still.

import { holds } from '../engine/running.ts';
import type { Checks } from '../look/check.ts';
import { between, type Instant, ms, showDuration } from '../time.ts';
import { bytesWords } from './byte-progress.ts';
import { cut, harmless, padEnd, widthOf } from './columns.ts';
import type { InHand, LiveState } from './live-state.ts';
import { wordsOfOp } from './op-words.ts';
import { evidenceOf, foundWords, placeOf, proofMark } from './proof-words.ts';
import { outcomeWords, type StepStory, type Story } from './story.ts';
import { type Paint, painter, type Style } from './style.ts';
import { hang } from './wrap.ts';

export interface LiveStyle extends Style {
  /** Rows of the terminal: steps far from the one in hand are then only counted. */
  readonly height?: number;
}

export function liveLines(state: LiveState, checks: Checks, style: LiveStyle): string[] {
  const { story } = state;
  if (story === undefined) return [];
  const view = new View(story, state, checks, style);
  const head = view.head();
  const foot = view.foot();
  const blocks = story.steps.map(step => view.step(step));
  const room = style.height === undefined ? Infinity : style.height - head.length - foot.length - 1;
  return [...head, ...fit(blocks, currentOf(story), room), ...foot];
}

/** The step in hand, or the one that comes next; the last one where all is over. */
function currentOf({ steps }: Story): number {
  const running = steps.findIndex(({ status }) => status === 'running');
  const next = running === -1 ? steps.findIndex(({ status }) => status === 'waiting') : running;
  return next === -1 ? steps.length - 1 : next;
}

/** What does not fit is counted, first above the step in hand, then below it. */
function fit(blocks: readonly (readonly string[])[], at: number, room: number): string[] {
  const all = blocks.flat();
  if (all.length <= room) return all;
  const taken: (readonly string[])[] = [blocks[at] ?? []];
  let left = room - 2 - (blocks[at]?.length ?? 0);
  let first = at;
  let last = at;
  for (;;) {
    // What is to come is of more use than what is over.
    const below = blocks[last + 1];
    const above = blocks[first - 1];
    if (below !== undefined && below.length <= left && last - at <= at - first) {
      taken.push(below);
      left -= below.length;
      last += 1;
    } else if (above !== undefined && above.length <= left) {
      taken.unshift(above);
      left -= above.length;
      first -= 1;
    } else if (below !== undefined && below.length <= left) {
      taken.push(below);
      left -= below.length;
      last += 1;
    } else break;
  }
  const over = first === 0 ? [] : [`  … ${String(first)} above`];
  const coming = last === blocks.length - 1 ? [] : [`  … ${String(blocks.length - 1 - last)} to come`];
  return [...over, ...taken.flat().slice(0, Math.max(1, room - 2)), ...coming];
}

class View {
  readonly #story: Story;
  readonly #state: LiveState;
  readonly #checks: Checks;
  readonly #width: number;
  readonly #paint: Paint;
  readonly #now: Instant;

  constructor(story: Story, state: LiveState, checks: Checks, { width, colour }: LiveStyle) {
    this.#story = story;
    this.#state = state;
    this.#checks = checks;
    this.#width = width;
    this.#paint = painter(colour);
    this.#now = story.end?.at ?? state.now ?? story.latest;
  }

  head(): string[] {
    const { plan, run } = this.#story;
    return hang('', `${plan.book} on cluster ${plan.cluster} · run ${run}`, this.#width, this.#paint.strong);
  }

  foot(): string[] {
    const { end, began } = this.#story;
    if (end === null) return [];
    const took = showDuration(between(began, end.at));
    const words = end.exit === 0 ? `done in ${took}` : `ended after ${took} with exit ${String(end.exit)}: ${end.why}`;
    const dress = end.exit === 0 ? this.#paint.good : this.#paint.bad;
    return [
      ...hang('', words, this.#width, dress),
      ...(end.hint === null ? [] : hang('HINT: ', end.hint, this.#width)),
    ];
  }

  step(step: StepStory): string[] {
    const took = step.began === null ? '' : showDuration(ms(Math.max(0, between(step.began, step.ended ?? this.#now))));
    const id = `${String(step.number).padStart(String(this.#story.steps.length).length)} ${step.id}`;
    const room = this.#width - widthOf(took) - 5;
    const title = cut(`${id}  ${harmless(step.title).replaceAll('\n', ' ')}`, room);
    const line = took === '' ? title : padEnd(title, room);
    const text = step.status === 'waiting' || step.status === 'skipped' ? this.#paint.dim(line) : line;
    return [`${this.#mark(step)} ${text}${took === '' ? '' : `  ${took}`}`, ...this.#below(step)];
  }

  #mark({ status }: StepStory): string {
    const { good, bad, warn, dim } = this.#paint;
    const marks = { waiting: dim('·'), running: warn('▸'), done: good('✓'), skipped: dim('–'), failed: bad('✗') };
    return marks[status];
  }

  #below(step: StepStory): string[] {
    switch (step.status) {
      case 'waiting':
        return [];
      case 'skipped':
        return step.why === null ? [] : this.#note(`skipped: ${step.why}`);
      case 'done':
        return [...this.#doneWhy(step), ...this.#proofs(step)];
      case 'failed':
        return [...this.#proofs(step), ...this.#note(step.why ?? 'failed', this.#paint.bad)];
      case 'running':
        return this.#inHand(step);
    }
  }

  #note(text: string, dress: (line: string) => string = this.#paint.dim): string[] {
    return hang('      ', text, this.#width, dress);
  }

  #doneWhy({ ops, why, leftOut }: StepStory): string[] {
    if (ops.length > 0) return [];
    const reason = why ?? leftOut.at(-1)?.why;
    return reason === undefined ? [] : this.#note(`nothing to do: ${reason}`);
  }

  /** Log lines by their place; what merely holds stays short. */
  #proofs({ proofs }: StepStory): string[] {
    return proofs.flatMap(proof => {
      const mark = proofMark(proof.verdict);
      const good = holds(proof);
      const words = proof.verdict.is === 'holds' ? proof.words : `${proof.words}: ${foundWords(proof.verdict)}`;
      const head = `    ${good ? this.#paint.good(mark) : this.#paint.bad(mark)} `;
      const lines = evidenceOf(proof).map(one => `        ${placeOf(one)}  ${one.message}`);
      return [
        ...hang(head, words, this.#width, this.#paint.dim),
        ...lines.flatMap(line => hang('', line, this.#width, this.#paint.dim)),
      ];
    });
  }

  #inHand(step: StepStory): string[] {
    const last = step.ops.at(-1);
    if (last === undefined) return this.#note('looking at what is so now');
    if (last.ended !== null) {
      if (last.outcome !== null && last.outcome.is !== 'done')
        return this.#note(outcomeWords(last.outcome), this.#paint.bad);
      return this.#note('proving what it promised');
    }
    const { verb, on, text } = wordsOfOp(last.op, this.#checks);
    const elapsed = between(last.began, this.#now);
    const progress = this.#state.inHand?.step === step.id ? this.#state.inHand : undefined;
    if (progress?.waiting) return this.#waiting(progress.waiting);
    const what = hang(`      ${verb}${on === null ? '' : ` ${this.#paint.place(on)}`}  `, text, this.#width);
    const left = `for at most ${showDuration(ms(Math.max(0, last.op.within - elapsed)))} more`;
    return [...what, ...this.#bytes(progress), ...this.#output(progress), ...this.#note(left)];
  }

  #waiting({ until, found, deadline }: NonNullable<InHand['waiting']>): string[] {
    const left = showDuration(ms(Math.max(0, between(this.#now, deadline))));
    return [
      ...hang('      waits until  ', until, this.#width),
      ...hang('      found        ', found, this.#width),
      ...hang('      gives up in  ', left, this.#width, this.#paint.dim),
    ];
  }

  #bytes(progress: InHand | undefined): string[] {
    if (progress?.bytes === undefined) return [];
    return this.#note(bytesWords(progress.bytes.bytes, progress.bytes.of, progress.rate));
  }

  #output(progress: InHand | undefined): string[] {
    const line = progress?.output;
    return line === undefined || line === '' ? [] : [this.#paint.dim(cut(`      says: ${line}`, this.#width))];
  }
}
