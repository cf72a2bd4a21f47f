// An op in words: what a plan, the live view and the reports all say of it.

import { wordsOf } from '../engine/book.ts';
import { opWords } from '../engine/kinds/index.ts';
import { isHole } from '../engine/planned.ts';
import type { Checks } from '../look/check.ts';
import type { Do, Op } from '../ops.ts';
import type { Where } from '../ports.ts';
import type { Hole } from '../runbook/book-types.ts';
import { showDuration } from '../time.ts';

export interface OpWords {
  readonly verb: string;
  /** Null where it acts on no machine: a wait, a question, a note. */
  readonly on: Where | null;
  /** The exact command or words. */
  readonly text: string;
  /** What else there is to it, a line each: the next try, the time it holds, why it is there. */
  readonly notes: readonly string[];
  /** Values that are not known yet. */
  readonly holes: readonly Hole[];
}

export function wordsOfOp(op: Pick<Op, 'do' | 'on' | 'within' | 'why'>, checks: Checks): OpWords {
  const { verb, text, notes } = op.do.op === 'wait' ? waitWords(op.do, op, checks) : plainWords(op.do);
  return {
    verb,
    on: op.do.op === 'wait' || op.do.op === 'ask' || op.do.op === 'note' ? null : op.on,
    text,
    notes: [...notes, ...(op.why === undefined ? [] : [`(${op.why})`])],
    holes: holesIn(op.do),
  };
}

type Words = Pick<OpWords, 'verb' | 'text' | 'notes'>;

function plainWords(what: Do): Words {
  const { verb, text, note = '' } = opWords(what);
  const notes = note === '' ? [] : note.split('\n');
  if (what.op !== 'exec' || what.stdin === undefined) return { verb, text, notes };
  const stdin = isHole(what.stdin) ? `‹${what.stdin.hole}›` : what.stdin;
  return { verb, text, notes: [...notes, `is fed: ${stdin}`] };
}

/** The kind of op does not know the checks' words; here they are at hand. */
function waitWords(
  { until, during, every }: Extract<Do, { op: 'wait' }>,
  op: Pick<Op, 'within'>,
  checks: Checks,
): Words {
  const span = during === 0 ? '' : ` for ${showDuration(during)}`;
  return {
    verb: 'wait',
    text: `until ${wordsOf(checks, until)}${span}`,
    notes: [`looked at every ${showDuration(every)}, for at most ${showDuration(op.within)}`],
  };
}

/** Every value still missing, wherever it stands in the op; each once. */
export function holesIn(value: unknown): Hole[] {
  const found = new Map<string, Hole>();
  const look = (it: unknown): void => {
    if (isHole(it)) found.set(`${it.hole} ${it.after}`, it);
    else if (typeof it === 'object' && it !== null) Object.values(it).forEach(look);
  };
  look(value);
  return [...found.values()];
}
