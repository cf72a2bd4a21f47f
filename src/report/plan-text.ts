// A dry run as text: what is so, what would be done in which order, where there is no way back, and what stands in the way.

import { isHole, type PlannedStep, type ShownPlan, type Way } from '../engine/planned.ts';
import { wordsOf } from '../engine/book.ts';
import type { Op } from '../ops.ts';
import type { Check } from '../runbook/book-types.ts';
import { padEnd, widthOf } from './columns.ts';
import { wordsOfOp } from './op-words.ts';
import {
  backWords,
  commandOf,
  fixesAll,
  knownAfter,
  lossWords,
  numberOf,
  type PlanContext,
  refusalsOf,
} from './plan-words.ts';
import { type Paint, painter, type Style } from './style.ts';
import { hang } from './wrap.ts';

/** The whole text, without a line feed at its end. */
export function planText(plan: ShownPlan, context: PlanContext, style: Style): string {
  const paper = new Paper(plan, context, style);
  return [
    ...paper.head(),
    ...plan.steps.flatMap((step, i) => [...(i === plan.commit ? paper.commit(step) : []), ...paper.step(step)]),
    ...paper.foot(),
  ].join('\n');
}

/** Id columns are no wider than this; a longer id takes a line of its own. */
const widestId = 16;

class Paper {
  readonly #plan: ShownPlan;
  readonly #context: PlanContext;
  readonly #width: number;
  readonly #paint: Paint;
  readonly #numbers: number;
  readonly #ids: number;
  readonly #hosts: number;

  constructor(plan: ShownPlan, context: PlanContext, { width, colour }: Style) {
    this.#plan = plan;
    this.#context = context;
    this.#width = width;
    this.#paint = painter(colour);
    this.#numbers = String(plan.steps.length).length;
    this.#ids = Math.min(widestId, Math.max(0, ...plan.steps.map(({ id }) => widthOf(id))));
    const ops = plan.steps.flatMap(step => step.ways.flatMap(way => way.ops));
    this.#hosts = Math.max(0, ...ops.map(({ op }) => widthOf(wordsOfOp(op, context.checks).on ?? '')));
  }

  head(): string[] {
    const { book, cluster, inventory, views } = this.#plan;
    const title = `${book} · plan for cluster ${cluster} (${inventory}) · nothing will be changed`;
    const roles = Math.max(0, ...views.map(({ role }) => widthOf(role ?? '')));
    const nodes = Math.max(0, ...views.map(({ node }) => widthOf(node)));
    const lines = views.flatMap(({ role, node, words }) => {
      const name = role === null ? ' '.repeat(roles + 3) : `${padEnd(role, roles)} = `;
      return hang(`  ${name}${this.#paint.place(padEnd(node, nodes))}  `, words, this.#width);
    });
    return [...hang('', title, this.#width, this.#paint.strong), ...lines];
  }

  step(step: PlannedStep): string[] {
    const number = String(step.number).padStart(this.#numbers);
    const label = `${number} ${this.#paint.strong(padEnd(step.id, this.#ids))}`;
    const rows = this.#rows(step);
    if (widthOf(step.id) > this.#ids) return [...hang('', label, this.#width), ...rows];
    const [first = '', ...rest] = rows;
    // Every row begins with the empty columns that the label takes.
    return [`${label}${first.slice(this.#label)}`, ...rest];
  }

  /** Columns that number and id take. */
  get #label(): number {
    return this.#numbers + 1 + this.#ids;
  }

  #row(verb: string, text: string, dress?: (line: string) => string, known = ''): string[] {
    const lines = hang(`${' '.repeat(this.#label)}  ${padEnd(verb, 6)} `, text, this.#width, dress);
    return this.#aside(lines, known, this.#label + 9);
  }

  /** `known after step 3` behind the text where it fits, else below it. */
  #aside(lines: readonly string[], note: string, indent: number): string[] {
    if (note === '') return [...lines];
    const last = lines.at(-1) ?? '';
    const room = this.#width - widthOf(last) - widthOf(note);
    if (room >= 3) return [...lines.slice(0, -1), `${last}   ${this.#paint.warn(note)}`];
    return [...lines, ...hang(' '.repeat(indent), note, this.#width, this.#paint.warn)];
  }

  #rows(step: PlannedStep): string[] {
    if (step.happens === false) return this.#row('skip', step.why ?? 'its condition is false', this.#paint.dim);
    const condition = isHole(step.happens)
      ? this.#row('if', `‹${step.happens.hole}›`, undefined, knownAfter(this.#plan, step.happens.after))
      : [];
    const [only] = step.ways;
    const ways = step.ways.length === 1 && only !== undefined ? this.#only(step, only) : this.#oneOf(step, step.ways);
    return [...condition, ...this.#needs(step), ...ways, ...this.#promise(step), ...this.#handling(step)];
  }

  #only(step: PlannedStep, way: Way): string[] {
    if (way.ops.length === 0)
      return this.#row('skip', `nothing to do: ${step.why ?? 'it is so already'}`, this.#paint.dim);
    const why = step.why === undefined ? [] : this.#row('', `(${step.why})`, this.#paint.dim);
    return [...way.ops.flatMap(({ op }) => this.#op(op)), ...why];
  }

  #oneOf(step: PlannedStep, ways: readonly Way[]): string[] {
    const after = step.decidedAfter === undefined ? '' : knownAfter(this.#plan, step.decidedAfter);
    const head = this.#row('one of', `${String(ways.length)} ways, as the facts will say`, undefined, after);
    return [...head, ...ways.flatMap(way => this.#way(way))];
  }

  #way(way: Way): string[] {
    const head = `${' '.repeat(this.#label)}  ${this.#paint.strong(way.name)}: `;
    const when = way.when === null ? '' : `if ${way.when} `;
    const dress = way.worst === 'never' ? this.#paint.warn : undefined;
    const lines = hang(head, `${when}(${backWords(way)})`, this.#width, dress);
    const ops = way.ops.length === 0 ? this.#row('skip', 'nothing to do', this.#paint.dim) : [];
    const promise = way.promise === undefined ? [] : this.#row('then', this.#instead(way.promise));
    return [...lines, ...ops, ...way.ops.flatMap(({ op }) => this.#op(op)), ...promise];
  }

  #instead(promise: readonly Check[]): string {
    const words = promise.map(check => wordsOf(this.#context.checks, check));
    return words.length === 0 ? 'what follows is not promised' : `only this: ${words.join('; ')}`;
  }

  #op(op: Op): string[] {
    const { verb, on, text, notes, holes } = wordsOfOp(op, this.#context.checks);
    const place = on === null ? '' : `${this.#paint.place(padEnd(on, this.#hosts))}  `;
    const indent = this.#label + 9 + widthOf(place);
    const lines = hang(`${' '.repeat(this.#label)}  ${padEnd(verb, 6)} ${place}`, text, this.#width);
    const after = [...new Set(holes.map(hole => knownAfter(this.#plan, hole.after)))].join(', ');
    const further = notes.flatMap(note => hang(' '.repeat(indent), note, this.#width, this.#paint.dim));
    return [...this.#aside(lines, after, indent), ...further];
  }

  /** What holds now is only counted: the operator reads what does not, or not yet. */
  #needs({ needs }: PlannedStep): string[] {
    const { checks } = this.#context;
    const shown = needs.flatMap(({ check, verdict }) => {
      const words = wordsOf(checks, check);
      if (verdict.is === 'later') return this.#row('needs', words, undefined, knownAfter(this.#plan, verdict.after));
      if (verdict.is === 'fails') return this.#row('needs', `✗ ${words}: found ${verdict.found}`, this.#paint.bad);
      if (verdict.is === 'silent') return this.#row('needs', `✗ ${words}: no answer`, this.#paint.bad);
      return [];
    });
    const holding = needs.filter(({ verdict }) => verdict.is === 'holds' || verdict.is === 'absent').length;
    if (holding === 0) return shown;
    const count = `✓ ${String(holding)} ${shown.length > 0 ? 'other ' : ''}${holding === 1 ? 'rule holds' : 'rules hold'} now`;
    return [...shown, ...this.#row('needs', count, this.#paint.dim)];
  }

  #promise({ promise, id }: PlannedStep): string[] {
    return promise.flatMap((check, i) => {
      const known = fixesAll(check, this.#context.checks) ? '' : knownAfter(this.#plan, id);
      return this.#row(i === 0 ? 'then' : '', wordsOf(this.#context.checks, check), undefined, known);
    });
  }

  #handling({ retry, onFailure, ways }: PlannedStep): string[] {
    const retried = retry === 0 ? [] : [`tried ${String(retry)} more ${retry === 1 ? 'time' : 'times'}`];
    const committed = ways.some(({ worst }) => worst === 'never') ? ', unless this step has begun' : '';
    const undo = [`then what was done is taken back${committed}`];
    const then = { stop: [], continue: ['then the next step'], undo }[onFailure];
    const words = [...retried, ...then];
    return words.length === 0 ? [] : this.#row('fails', words.join(', '), this.#paint.dim);
  }

  commit({ loss }: PlannedStep): string[] {
    const title = '── commit point: from here on there is no way back ';
    const line = `   ${title}${'─'.repeat(Math.max(2, this.#width - widthOf(title) - 3))}`;
    const words = loss === undefined ? ['The book reckons no loss of data here.'] : lossWords(loss);
    return [
      ...hang('', line, this.#width, this.#paint.warn),
      ...words.flatMap(one => hang('      ', one, this.#width, this.#paint.warn)),
    ];
  }

  foot(): string[] {
    const refused = refusalsOf(this.#plan, this.#context.checks);
    if (refused.length === 0) {
      const command = commandOf(this.#plan, this.#context);
      const line = `Nothing was changed.  To do it:  ${command}`;
      if (widthOf(line) <= this.#width) return [line];
      return ['Nothing was changed.  To do it:', ...hang('  ', command, this.#width)];
    }
    const count = refused.length === 1 ? '1 rule does not hold' : `${String(refused.length)} rules do not hold`;
    return [
      '',
      this.#paint.bad(`Refused: ${count}`),
      ...refused.flatMap(one => this.#refusal(one)),
      'Nothing was changed.',
    ];
  }

  #refusal({ step, host, rule, words, expected, found, hint }: ReturnType<typeof refusalsOf>[number]): string[] {
    const field = (name: string, text: string): string[] => hang(`    ${padEnd(name, 9)} `, text, this.#width);
    return [
      ...hang(`  ${this.#paint.bad('✗')} `, words, this.#width, this.#paint.strong),
      ...field('host', host),
      ...field('rule', `${rule}, for step ${String(numberOf(this.#plan, step))} (${step})`),
      ...field('expected', expected),
      ...field('found', found),
      ...field('HINT:', hint),
    ];
  }
}
