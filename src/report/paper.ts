// A plan as instructions that a person can carry out by hand, where Lifeboat itself cannot be used.

import { isHole, type PlannedStep, type ShownPlan, type Way } from '../engine/planned.ts';
import { wordsOf } from '../engine/book.ts';
import type { Checks } from '../look/check.ts';
import type { Op } from '../ops.ts';
import type { Cluster } from '../runbook/inventory-types.ts';
import { byHand, lookAtNode } from './by-hand.ts';
import { showTime } from './numbers.ts';
import { backWords, knownAfter, lossWords } from './plan-words.ts';
import { painter, type Style } from './style.ts';
import { hang } from './wrap.ts';

export interface PaperContext {
  readonly checks: Checks;
  readonly cluster: Cluster;
}

/** Prose is wrapped; a command stands on lines of its own, in one piece, so that it can be copied. */
export function paper(plan: ShownPlan, context: PaperContext, style: Style): string {
  const { width } = style;
  const paint = painter(style.colour);
  return [
    ...hang('', `${plan.book}, by hand: ${plan.title}`, width, paint.strong),
    ...hang('', `For cluster ${plan.cluster} (${plan.inventory}) as it stood at ${showTime(plan.started)}.`, width),
    ...plan.views.flatMap(({ role, node, words }) =>
      hang(`  ${role === null ? '' : `${role} = `}${node}: `, words, width),
    ),
    '',
    ...hang('', 'Do the steps in this order. Go on only when you see what a step says that you must see.', width),
    ...hang('', 'Where you do not, and the step says nothing else: stop there, change nothing more, and look.', width),
    'To look at a node:',
    ...context.cluster.nodes.flatMap(node => lookAtNode(node).map(command => `  ${command}`)),
    ...plan.steps.flatMap((step, i) => [
      ...(i === plan.commit ? commitPoint(step, style) : []),
      '',
      ...stepText(plan, step, context, style),
    ]),
  ].join('\n');
}

function commitPoint({ loss }: PlannedStep, { width, colour }: Style): string[] {
  const paint = painter(colour);
  const words = ['STOP. From here on there is no way back.', ...(loss === undefined ? [] : lossWords(loss))];
  return ['', ...words.flatMap(line => hang('  ! ', line, width, paint.warn))];
}

function stepText(plan: ShownPlan, step: PlannedStep, context: PaperContext, style: Style): string[] {
  const { width } = style;
  const paint = painter(style.colour);
  const say = (text: string): string[] => hang('    ', text, width);
  const title = hang(`${String(step.number).padStart(2)}. `, step.title, width, paint.strong);
  if (step.happens === false) return [...title, ...say(`Leave this out: ${step.why ?? 'its condition is false'}.`)];
  const condition = isHole(step.happens)
    ? say(`Only if ‹${step.happens.hole}› (${knownAfter(plan, step.happens.after)}).`)
    : [];
  const needs = step.needs.filter(({ verdict }) => verdict.is !== 'holds' && verdict.is !== 'absent');
  return [
    ...title,
    ...condition,
    ...list(
      'Before you begin, see that',
      needs.map(({ check }) => wordsOf(context.checks, check)),
      style,
    ),
    ...step.ways.flatMap(way => wayText(step, way, context, style)),
    ...list(
      'You must see that',
      step.promise.map(check => wordsOf(context.checks, check)),
      style,
    ),
    ...otherwise(plan, step, context, style),
  ];
}

function wayText(step: PlannedStep, way: Way, { checks, cluster }: PaperContext, { width }: Style): string[] {
  const head = way.when === null ? [] : hang('    ', `If ${way.when} (${backWords(way)}):`, width);
  if (way.ops.length === 0) {
    const unproven = way.promise?.length === 0 ? ' What you must see is not promised then.' : '';
    return [...head, ...hang('    ', `Nothing to do${reason(step, way)}.${unproven}`, width)];
  }
  return [...head, ...way.ops.flatMap(({ op }) => opText(op, { checks, cluster }, width))];
}

const opText = (op: Op, { checks, cluster }: PaperContext, width: number): string[] =>
  byHand(op, checks, cluster).flatMap(({ is, text }) => {
    if (is === 'say') return hang('    ', text, width);
    return text.split('\n').map(line => (is === 'paste' ? line : `      ${line}`));
  });

/** What is to be done where a step does not end as it must; where nothing is said here, the head of the page says it. */
function otherwise(plan: ShownPlan, step: PlannedStep, context: PaperContext, { width }: Style): string[] {
  if (step.onFailure === 'stop' || step.promise.length === 0) return [];
  if (step.onFailure === 'continue')
    return hang(
      '    ',
      'If you do not see that, go on with the next step all the same, and come back to this one.',
      width,
    );
  // From the commit point on, taking back could make a second primary: only looking tells what was done.
  if (plan.commit !== null && step.number > plan.commit) return [];
  const taken = plan.steps.slice(0, step.number).reverse().flatMap(undoOf);
  return [
    ...hang('    ', 'If you do not see that, take back what you did, the last first:', width),
    ...taken.flatMap(op => opText(op, context, width)),
  ];
}

/** Of a step whose way hangs on facts to come, only its own line in the plan can tell. */
function undoOf({ ways, happens }: PlannedStep): Op[] {
  const [only] = ways;
  if (happens === false || only === undefined || ways.length > 1) return [];
  return [...only.ops].reverse().flatMap(({ op }) => (Array.isArray(op.undo) ? (op.undo as readonly Op[]) : []));
}

const reason = ({ why }: PlannedStep, { when }: Way): string => (why === undefined || when !== null ? '' : `: ${why}`);

function list(head: string, items: readonly string[], { width }: Style): string[] {
  if (items.length === 0) return [];
  return [...hang('    ', `${head}:`, width), ...items.flatMap(item => hang('      [ ] ', item, width))];
}
