// Guards: what must be true on the host at the moment of an op, taken from the shown plan and never from a moment before.

import { type Fact, type Facts, type Known } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import type { GuardFact, Op } from '../ops.ts';
import type { HostGuard, NodeName } from '../ports.ts';
import type { Hole } from '../runbook/book-types.ts';
import { never } from './kinds/must.ts';
import { isHole, type PlannedGuard, type PlannedOp } from './planned.ts';

/** An op with its guard as this look sees it. */
export async function guarded(op: Op, look: Look): Promise<PlannedOp> {
  if (op.guard === null || op.on === 'here') return { op, guard: null };
  const seen = await planGuard(op.on, op.guard, look);
  const guard = op.system === undefined ? seen : { ...seen, systemId: op.system };
  if (op.do.op !== 'carry') return { op, guard };
  // The server whose WAL is read must be the stopped one that the plan saw, too.
  const facts: readonly GuardFact[] = 'names' in op.do.files ? [] : ['postmaster'];
  return { op, guard, source: await planGuard(op.do.from, facts, look) };
}

async function planGuard(on: NodeName, wanted: readonly GuardFact[], look: Look): Promise<PlannedGuard> {
  const take = async <F extends Fact>(fact: F): Promise<Facts[F] | Hole | undefined> =>
    fill(await look.fact(on, fact), fact);
  const guard: PlannedGuard = { hostKey: (await take('hostKey')) ?? '', systemId: (await take('systemId')) ?? null };
  const role = wanted.includes('role') ? await take('role') : undefined;
  const timeline = wanted.includes('timeline') ? await take('timeline') : undefined;
  const postmaster = wanted.includes('postmaster') ? await take('postmaster') : undefined;
  return {
    ...guard,
    // What does not say its role (frozen, starting) cannot be compared; its postmaster can.
    ...(role !== undefined && { role }),
    ...(timeline !== undefined && { timeline }),
    ...(postmaster !== undefined && { postmaster }),
  };
}

function fill<T>(known: Known<T>, fact: string): T | Hole | undefined {
  if (known.is === 'later') return { hole: fact, after: known.after };
  return known.is === 'silent' ? undefined : known.value;
}

/** The guard for the host: the shown one, its holes filled with what earlier steps have made true by now. */
export function readyGuard(
  shown: PlannedGuard | null,
  fresh: PlannedGuard | null,
  lock: string | null,
): HostGuard | null {
  if (shown === null) return null;
  const pick = <K extends keyof PlannedGuard>(key: K): Exclude<PlannedGuard[K], Hole> => {
    const value = isHole(shown[key]) ? fresh?.[key] : shown[key];
    return (isHole(value) ? never(`the guard's ${key} is still unknown`) : value) as Exclude<PlannedGuard[K], Hole>;
  };
  const [role, timeline, postmaster] = [pick('role'), pick('timeline'), pick('postmaster')];
  return {
    hostKey: pick('hostKey'),
    systemId: pick('systemId') ?? null,
    lock,
    ...(role !== undefined && { role }),
    ...(timeline !== undefined && { timeline }),
    ...(postmaster !== undefined && { postmaster }),
  };
}

export const guardHasHoles = (guard: PlannedGuard | null | undefined): boolean =>
  guard !== null && guard !== undefined && Object.values(guard).some(isHole);
