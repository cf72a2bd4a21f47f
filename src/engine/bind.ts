// What is shown binds: a step planned again at its turn may fill holes, take a way that was shown and leave out what holds already.

import type { Op, ReadyOp } from '../ops.ts';
import { opWords } from './kinds/index.ts';
import { canonical } from './json.ts';
import { isHole, type PlannedOp, type PlannedStep, type Way } from './planned.ts';

export type Bound =
  | { readonly is: 'bound'; readonly way: string; readonly ops: readonly BoundOp[] }
  | { readonly is: 'differs'; readonly expected: string; readonly found: string };

/** `fresh` is undefined where the step planned now leaves this op out: then its proof must hold. */
export interface BoundOp {
  readonly n: number;
  readonly shown: PlannedOp;
  readonly fresh: PlannedOp | undefined;
  /** One behind it is done: its turn is over. */
  readonly passed?: true;
}

/**
 * Lays the step as planned now beside the step as shown.
 *
 * @param isDone whether an op of the shown way is done already. What it was is no longer compared: a step planned anew after
 * its own first ops sees what they have made of the world.
 */
export function bind(
  shown: PlannedStep,
  fresh: PlannedStep,
  isDone: (n: number) => boolean = () => false,
  begun: string | null = null,
): Bound {
  const [now, ...more] = fresh.ways;
  if (!now || more.length > 0) {
    return {
      is: 'differs',
      expected: 'one way, decided by now',
      found: `still undecided: ${fresh.ways.map(w => w.name).join(', ')}`,
    };
  }
  const left = begun === null ? undefined : goOn(shown, now, begun, isDone);
  if (left) return left;
  const candidates = shown.ways.length === 1 ? shown.ways : shown.ways.filter(way => way.name === now.name);
  for (const way of candidates) {
    const ops = align(way, now, isDone) ?? behindDone(way, now, isDone);
    if (ops) return { is: 'bound', way: way.name, ops };
  }
  return {
    is: 'differs',
    expected:
      candidates.length === 0 ? shown.ways.map(way => way.name).join(' or ') : candidates.map(listed).join(' or '),
    found: candidates.length === 0 ? `${now.name}${fresh.why === undefined ? '' : ` (${fresh.why})`}` : listed(now),
  };
}

/**
 * A way half gone has made facts that would now choose another: what a rewind has brought back could be followed. Nothing is
 * decided anew then; what is left of the way goes on as it was shown, each op under the guard that was shown.
 */
function goOn(shown: PlannedStep, now: Way, begun: string, isDone: (n: number) => boolean): Bound | undefined {
  const way = shown.ways.find(({ name }) => name === begun);
  if (!way || now.name === begun || now.name === 'only') return undefined;
  const ops = way.ops.map((one, n) => ({ n, shown: one, fresh: one }));
  return ops.every(({ n, shown: one }) => isDone(n) || ready(one.op)) ? { is: 'bound', way: begun, ops } : undefined;
}

const listed = (way: Way): string =>
  way.ops.length === 0 ? 'nothing to do' : way.ops.map(({ op }) => `${op.on} ${opWords(op.do).text}`).join('; ');

/** Every op of now stands, in order, among those shown; or undefined. */
function align(shown: Way, now: Way, isDone: (n: number) => boolean, n = 0, at = 0): BoundOp[] | undefined {
  const one = shown.ops[n];
  if (!one) return at === now.ops.length ? [] : undefined;
  const next = now.ops[at];
  const rest = (fresh: PlannedOp | undefined): BoundOp[] | undefined => {
    const others = align(shown, now, isDone, n + 1, fresh ? at + 1 : at);
    return others && [{ n, shown: one, fresh }, ...others];
  };
  const fits = next !== undefined && same(one.op, next.op) ? rest(next) : undefined;
  // What is done may be planned no more, or with what it has made of the world.
  return fits ?? rest(undefined) ?? (next && isDone(n) && alike(one.op, next.op) ? rest(next) : undefined);
}

/**
 * What is planned before an op that is done comes of what that one has made: a copy where there was nothing looks like former data
 * that would have to be moved away. Only what stands behind it is still to be done.
 */
function behindDone(shown: Way, now: Way, isDone: (n: number) => boolean): BoundOp[] | undefined {
  const last = shown.ops.findLastIndex((_one, n) => isDone(n));
  const done = shown.ops[last];
  const at = done === undefined ? -1 : now.ops.findLastIndex(({ op }) => same(done.op, op));
  const rest = at < 0 ? undefined : align(shown, now, isDone, last + 1, at + 1);
  const passed = shown.ops.slice(0, last + 1);
  return rest && [...passed.map((one, n) => ({ n, shown: one, fresh: undefined, passed: true as const })), ...rest];
}

/** The same op but for holes that are filled now. Guards are not compared: the shown one is what the host checks. */
const same = (shown: Op, now: Op): boolean => shown.on === now.on && matches(shown.do, now.do);

const alike = (shown: Op, now: Op): boolean => shown.on === now.on && shown.do.op === now.do.op;

function matches(shown: unknown, now: unknown): boolean {
  if (isHole(shown)) return !isHole(now);
  if (Array.isArray(shown) && Array.isArray(now))
    return shown.length === now.length && shown.every((one, i) => matches(one, now[i]));
  if (isRecord(shown) && isRecord(now)) {
    const keys = new Set([...Object.keys(shown), ...Object.keys(now)]);
    return [...keys].every(key => matches(shown[key], now[key]));
  }
  return canonical({ it: shown }) === canonical({ it: now });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** For the hands: no hole may be left. Undo ops keep theirs; they are filled when their turn comes. */
export function ready(op: Op): ReadyOp | undefined {
  return hasHole(op.do) ? undefined : (op as ReadyOp);
}

function hasHole(value: unknown): boolean {
  if (isHole(value)) return true;
  if (Array.isArray(value)) return value.some(hasHole);
  return isRecord(value) && Object.values(value).some(hasHole);
}
