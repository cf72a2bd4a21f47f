// From the promote op to a writable primary, against bare `pg_ctl promote` on a cluster made in the same way, in one run.

import { join } from 'node:path';
import { connect } from '../src/drivers/client.ts';
import { run as runProgram } from '../src/drivers/process.ts';
import { prepare } from '../src/cli/prepare.ts';
import { createRun, journalOf, newRunId } from '../src/cli/run-directory.ts';
import { startRun } from '../src/engine/run.ts';
import { faults } from '../src/lab/faults/index.ts';
import { createLab, type Lab, type LabNode } from '../src/lab/lab.ts';
import { seconds } from '../src/time.ts';
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
  const lab = await createLab({ nodes: 2 });
  try {
    const [primary, standby] = lab.nodes;
    if (!primary || !standby) throw new Error('two nodes were asked for');
    await lab.psql(primary.name, 'create table written (n int); insert into written select generate_series(1, 10000)');
    await faults.get('killed')?.break(lab, primary, {});
    return await measure(lab, standby);
  } finally {
    await lab.destroy();
  }
}

/** Asks every few milliseconds, over a connection that stands already, whether writes are taken. */
async function writable(lab: Lab, node: LabNode): Promise<number> {
  const server = {
    host: node.address,
    port: node.port,
    user: 'app',
    database: 'postgres',
    password: lab.password(),
    application: 'bench',
  };
  const session = await connect(server, seconds(5));
  if ('no' in session) throw new Error(session.no);
  for (;;) {
    const answer = await session.ask('select pg_is_in_recovery()', [], seconds(5));
    if (answer.is === 'done' && answer.rows[0]?.[0] === 'f') break;
    await new Promise(resolve => setTimeout(resolve, 2));
  }
  session.close();
  return performance.now();
}

async function barePromote(lab: Lab, standby: LabNode): Promise<number> {
  const done = writable(lab, standby);
  const start = performance.now();
  const argv = [`${lab.description.bin}/pg_ctl`, '-D', standby.data, '-w', '-t', '60', 'promote'];
  await runProgram(argv, { as: lab.user.as, within: seconds(70) });
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
