// From the promote op to a writable primary, against bare `pg_ctl promote` on a cluster made in the same way, in one run.

import { join } from 'node:path';
import { prepare } from '../src/cli/prepare.ts';
import { createRun, journalOf, newRunId } from '../src/cli/run-directory.ts';
import { startRun } from '../src/engine/run.ts';
import { faults } from '../src/lab/faults/index.ts';
import type { Lab, LabNode } from '../src/lab/lab.ts';
import { makePair, pgCtl, writable } from './cluster.ts';
import { benchTerminal, median } from './terminal.ts';

const rounds = 3;

export async function promote(): Promise<void> {
  const bare: number[] = [];
  const ours: number[] = [];
  for (let i = 0; i < rounds; i += 1) {
    bare.push(await inLab(barePromote));
    ours.push(await inLab(failover));
  }
  const [floor, own] = [median(bare), median(ours)];
  console.log(
    `bare pg_ctl promote:  median ${floor.toFixed(0)} ms to a writable primary (${bare.map(Math.round).join(', ')})`,
  );
  console.log(`promote op:           median ${own.toFixed(0)} ms (${ours.map(Math.round).join(', ')})`);
  console.log(`difference:           ${(own - floor).toFixed(0)} ms, ${(own / floor).toFixed(2)} times the floor`);
}

async function inLab(measure: (lab: Lab, standby: LabNode) => Promise<number>): Promise<number> {
  const { lab, primary, standby } = await makePair();
  try {
    await faults.get('killed')?.break(lab, primary, {});
    return await measure(lab, standby);
  } finally {
    await lab.destroy();
  }
}

async function barePromote(lab: Lab, standby: LabNode): Promise<number> {
  const done = writable(lab, standby);
  const start = performance.now();
  await pgCtl(lab, standby, 'promote');
  return (await done) - start;
}

async function failover(lab: Lab, standby: LabNode): Promise<number> {
  const terminal = benchTerminal(join(lab.directory, 'state'));
  const prepared = await prepare(terminal, 'failover', { inventory: lab.inventoryFile, param: ['down_for=0s'] });
  const { book, plan } = await prepared.plan([]);
  const run = newRunId('failover', new Date());
  const directory = await createRun(terminal, run, {});
  const done = writable(lab, standby);
  let start = Number.NaN;
  const end = await startRun(
    book,
    { run, plan, told: [], version: 'bench', options: { yes: true, acceptLoss: 'unknown' } },
    {
      site: prepared.site,
      ledger: journalOf(directory),
      person: undefined,
      stop: new AbortController().signal,
      lastSeen: () => undefined,
      takeOver: false,
      tell: news => {
        if (news.is === 'event' && news.event.e === 'began' && news.event.step === 'promote') start = performance.now();
      },
    },
  );
  if (end.exit !== 0) throw new Error(`failover ended with ${String(end.exit)}: ${end.why}`);
  const took = (await done) - start;
  await prepared.site.close();
  return took;
}
