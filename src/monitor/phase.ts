// Why a server turns clients away: its processes and the last line of its postmaster.pid tell. Pure.

import type { Survey } from '../ports.ts';

export interface Phase {
  readonly is: 'starting' | 'recovering' | 'shutting-down';
  /** The WAL segment that the startup process replays. */
  readonly segment?: string;
}

/** What `postmaster.pid` says on its eighth line (10 and later); blanks fill it up. */
export const statusLine = 8;

/**
 * Undefined where nothing tells, as when the server is gone by the time that it is looked at.
 *
 * @param status the word in postmaster.pid: starting, stopping, ready, standby
 */
export function phaseOf({ processes }: Pick<Survey, 'processes'>, status: string): Phase | undefined {
  if (processes.length === 0) return undefined;
  if (status.trim() === 'stopping') return { is: 'shutting-down' };
  // The title is "postgres: [cluster_name: ]startup recovering 0000…"; 12 and earlier write "startup   recovering".
  const startup = processes.find(({ command }) => /^postgres: (.*: )?startup\b/.test(command));
  if (startup !== undefined) {
    const segment = /\b(?:recovering|waiting for) +([0-9A-F]{24})\b/.exec(startup.command)?.[1];
    return segment === undefined ? { is: 'starting' } : { is: 'recovering', segment };
  }
  // After a crash of one session the postmaster ends all the others before it recovers, and its status is still the former one.
  return { is: status.trim() === 'starting' ? 'starting' : 'recovering' };
}
