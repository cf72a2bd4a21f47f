// How a run or a step ends, and what that means for whoever called.

import { exits, type FaultCode } from '../faults.ts';
import { valueOf } from '../look/facts.ts';
import type { Running } from './running.ts';

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
  return { exit: await exitOf(running, stop), why: stop.why, hint };
}

async function exitOf(running: Running, { is }: Stop): Promise<number> {
  const always: Partial<Record<Stop['is'], FaultCode>> = {
    interrupted: 'interrupted',
    waits: 'waiting',
    unknown: 'unknown',
  };
  const code = always[is];
  if (code) return exits[code];
  if (running.state.changed) return (await hasPrimary(running)) ? exits.failed : exits['failed-no-primary'];
  if (is === 'locked') return exits.locked;
  return is === 'unreachable' ? exits.unreachable : exits.refused;
}

async function hasPrimary(running: Running): Promise<boolean> {
  const look = running.look();
  const writable = await Promise.all(running.nodes.map(async on => valueOf(await look.fact(on, 'writable')) === true));
  return writable.includes(true);
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
      return state.changed
        ? `what was done and found: lifeboat report ${run}\nwhen the cause is gone: ${resume}`
        : 'nothing was changed; when the cause is gone, run it again';
  }
}
