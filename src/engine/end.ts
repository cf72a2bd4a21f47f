// How a run or a step ends, and what that means for whoever called.

import { exits, type FaultCode } from '../faults.ts';
import { valueOf } from '../look/facts.ts';
import type { NodeName } from '../ports.ts';
import type { Running } from './running.ts';
import type { RunState } from './state.ts';
import { planUndo, type Undone } from './undo.ts';

/** Why a step did not come to its end. */
export interface Stop {
  readonly is: 'refused' | 'unreachable' | 'failed' | 'unknown' | 'interrupted' | 'waits' | 'locked';
  readonly why: string;
  readonly hint?: string | undefined;
}

export interface End {
  readonly exit: number;
  readonly why: string;
  readonly hint: string | null;
}

/** Below 10 nothing was changed; after a change it matters most whether somebody can write. */
export async function endOf(running: Running, stop: Stop): Promise<End> {
  const hint = stop.hint ?? nextCommand(running, stop);
  const code = always[stop.is];
  if (code) return { exit: exits[code], why: stop.why, hint };
  if (!running.state.changed) return { exit: exits[unchanged[stop.is] ?? 'refused'], why: stop.why, hint };
  const writable = await writableNodes(running);
  const exit = exits[writable.length > 0 ? 'failed' : 'failed-no-primary'];
  return { exit, why: `${stop.why}${primaryWords(writable)}`, hint };
}

const always: Partial<Record<Stop['is'], FaultCode>> = {
  interrupted: 'interrupted',
  waits: 'waiting',
  unknown: 'unknown',
};

const unchanged: Partial<Record<Stop['is'], FaultCode>> = { locked: 'locked', unreachable: 'unreachable' };

/** `; node1 takes writes`: what matters most to whoever reads how a run ended. */
export const whoWrites = async (running: Running): Promise<string> => primaryWords(await writableNodes(running));

function primaryWords(writable: readonly NodeName[]): string {
  if (writable.length === 0) return '; NO node takes writes';
  if (writable.length === 1) return `; ${writable.join('')} takes writes`;
  return `; ${writable.join(' and ')} take writes, each as a primary of its own`;
}

async function writableNodes(running: Running): Promise<NodeName[]> {
  const look = running.look();
  const writable = await Promise.all(running.nodes.map(async on => valueOf(await look.fact(on, 'writable')) === true));
  return running.nodes.filter((_, at) => writable[at]);
}

/** What to type after an undo: the run itself is over, unless something of it is still to be taken back. */
export function undoneHint({ run, plan }: RunState, { undone, failed, barrier }: Undone): string | undefined {
  if (failed === undefined && undone === 0 && barrier) return undefined;
  const report = `what was done and found: lifeboat report ${run}`;
  if (failed !== undefined) return `${report}\nwhen the cause is gone, take back the rest: lifeboat undo ${run}`;
  return `${report}\nwhen the cause is gone, begin anew: lifeboat run ${plan.book} --dry-run`;
}

function nextCommand({ state }: Running, { is }: Stop): string {
  const { run } = state;
  const resume = `lifeboat resume ${run}`;
  switch (is) {
    case 'interrupted':
      return `to go on: ${resume}\nto take back what was done: lifeboat undo ${run}`;
    case 'waits':
      return `on a terminal, or with the answer as an option: ${resume}`;
    case 'unknown':
      return `look at the host, then let Lifeboat look again: ${resume}`;
    default:
      if (!state.changed) return 'nothing was changed; when the cause is gone, run it again';
      return `what was done and found: lifeboat report ${run}\nwhen the cause is gone: ${resume}${orBack(state)}`;
  }
}

/** Only where nothing was done from which there is no way back. */
function orBack(state: RunState): string {
  const { items, barrier } = planUndo(state);
  return items.length === 0 || barrier ? '' : `\nto take back what was done: lifeboat undo ${state.run}`;
}
