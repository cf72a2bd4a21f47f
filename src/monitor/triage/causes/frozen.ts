// The postmaster lives and takes no connection: stopped by a signal, or hanging in the disk.

import type { Cause } from '../finding.ts';
import { seen, said } from '../reading.ts';
import { rejoin, shellOn, whenLost } from '../remedy.ts';

export const frozen: Cause = {
  name: 'frozen',
  summary: 'the postmaster lives and answers nothing; open sessions may go on committing',
  judge(node, cluster) {
    const survey = seen(node);
    if (!survey?.postmaster || said(node) || survey.ready !== 'no-response') return undefined;
    const { pid } = survey.postmaster;
    const state = survey.processes.find(process => process.pid === pid)?.state ?? '?';
    const stopped = state === 'T' || state === 't';
    const disk = survey.processes.filter(process => process.state === 'D');
    return {
      node: node.node,
      cause: 'frozen',
      certainty: stopped ? 'sure' : disk.length > 0 ? 'likely' : 'possible',
      words: `PostgreSQL runs and answers nobody: ${
        stopped
          ? 'its postmaster was stopped by a signal (SIGSTOP, a debugger, a frozen container)'
          : disk.length > 0
            ? 'it hangs in the disk'
            : 'overloaded, or listening elsewhere than the inventory says'
      }. Sessions that were open may go on committing, and no pg_ctl stop works: only a kill does.`,
      evidence: [
        { on: node.node, text: `postmaster ${String(pid)} is in state ${state}${stopped ? ' (stopped)' : ''}` },
        ...disk.slice(0, 3).map(process => ({
          on: node.node,
          text: `process ${String(process.pid)} waits for the disk (state D): ${process.command}`,
        })),
        { on: node.node, text: 'pg_isready on the node itself: no-response' },
      ],
      ...whenLost(node, cluster, rejoin),
      byHand: stopped ? [shellOn(node, ['kill', '-CONT', String(pid)])] : [],
      wait: null,
    };
  },
};
