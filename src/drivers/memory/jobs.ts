// Commands on a simulated host: each runs to its end there, and leaves its receipt, whoever asked for it.

import type { Job, Ran, Task } from '../../ports.ts';
import type { MemoryNode } from './node.ts';
import { execution, fileTask } from './programs.ts';
import type { World } from './world.ts';
import type { Program } from './program.ts';

export type Ended = Extract<Ran, { is: 'ended' }>;

export interface HostJob {
  /** Its effect has been had. */
  readonly effected: Promise<void>;
  readonly ended: Promise<Ended>;
}

export const receiptKey = ({ run, op }: Job['id']): string => `${run}/${op}`;

/** Starts a job that nothing but its own end stops any more. */
export function startJob(node: MemoryNode, job: Job, world: World): HostJob {
  const receipt = { pid: world.nextPid(), ended: null as Ended | null };
  node.receipts.set(receiptKey(job.id), receipt);
  world.executed({ on: node.name, run: job.id.run, op: job.id.op.replace(/~\d+$/, ''), what: wordsOf(job.task) });
  let effected = (): void => undefined;
  const effect = new Promise<void>(resolve => {
    effected = resolve;
  });
  const ended = carryOut(node, job.task, world, effected).then(end => {
    receipt.ended = end;
    effected();
    return end;
  });
  return { effected: effect, ended };
}

const wordsOf = (task: Task): string => (task.task === 'argv' ? (task.tries[0]?.argv.join(' ') ?? '') : task.task);

async function carryOut(node: MemoryNode, task: Task, world: World, effected: () => void): Promise<Ended> {
  const { time } = world;
  if (task.task !== 'argv') {
    await time.sleep(5);
    const done = world.effect(() => fileTask(node, task));
    effected();
    await time.sleep(5);
    return ended(done, 0);
  }
  let last: Program = { code: 127, stdout: '', stderr: 'nothing to run' };
  for (const [tried, { argv, within }] of task.tries.entries()) {
    const { before, after, effect } = execution(node, argv, world, world.programs);
    if (before >= within) {
      // Its deadline is kept on the host: it is ended there before it has any effect.
      await time.sleep(within);
      last = { code: 124, stdout: '', stderr: '' };
      continue;
    }
    await time.sleep(before);
    last = world.effect(effect);
    if (last.code === 0) effected();
    await time.sleep(after);
    if (last.code === 0) return ended(last, tried);
  }
  return ended(last, task.tries.length - 1);
}

const ended = ({ code, stdout, stderr }: Program, tried: number): Ended => ({
  is: 'ended',
  code,
  stdout,
  stderr,
  tried,
});
