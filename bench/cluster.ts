// What the benchmarks of a failover and a switchover share: a lab under load, ended sharply, and the moment it takes writes again.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '../src/drivers/client.ts';
import { type Ended, run } from '../src/drivers/process.ts';
import { killAll } from '../src/lab/processes.ts';
import { createLab, type Lab, type LabNode } from '../src/lab/lab.ts';
import { seconds } from '../src/time.ts';

export interface Pair {
  readonly lab: Lab;
  readonly primary: LabNode;
  readonly standby: LabNode;
}

/** A primary and its standby with some data in them. */
export async function makePair(settings: Readonly<Record<string, string>> = {}): Promise<Pair> {
  const lab = await createLab({ nodes: 2, settings });
  const [primary, standby] = lab.nodes;
  if (!primary || !standby) throw new Error('two nodes were asked for');
  await lab.psql(primary.name, 'create table written (n int); insert into written select generate_series(1, 10000)');
  return { lab, primary, standby };
}

/** kill -9 of the postmaster and of everything it has started, as where its machine loses power. */
export async function killServer(node: LabNode): Promise<void> {
  const left = await killAll(node.data);
  if (left.length > 0) throw new Error(`${String(left.length)} processes of ${node.name} survived kill -9`);
}

/** Asks every few milliseconds, over a connection that stands already, whether writes are taken; tells when they were. */
export async function writable(lab: Lab, node: LabNode): Promise<number> {
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
  const deadline = performance.now() + 120_000;
  for (;;) {
    const answer = await session.ask('select pg_is_in_recovery()', [], seconds(5));
    if (answer.is === 'done' && answer.rows[0]?.[0] === 'f') break;
    if (performance.now() > deadline) throw new Error(`${node.name} takes no writes after two minutes`);
    await new Promise(resolve => setTimeout(resolve, 2));
  }
  session.close();
  return performance.now();
}

/** `pg_ctl` of a node by itself, no SSH and no questions asked: less than this cannot be done. */
export function pgCtl(lab: Lab, node: LabNode, ...words: readonly string[]): Promise<void> {
  return succeed(lab, [`${lab.description.bin}/pg_ctl`, '-D', node.data, '-w', '-t', '60', ...words]);
}

/** As the user that the lab's servers run as. */
export async function succeed(
  lab: Lab,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  must(argv, await run(argv, { as: lab.user.as, within: seconds(180), env }));
}

/** The command as an operator types it, its start included. */
export async function lifeboat(lab: Lab, ...words: readonly string[]): Promise<void> {
  const argv = [process.execPath, fileURLToPath(new URL('../../bin/lifeboat.js', import.meta.url)), ...words];
  const env = { LIFEBOAT_INVENTORY: lab.inventoryFile, XDG_STATE_HOME: join(lab.directory, 'state') };
  must(argv, await run(argv, { within: seconds(180), env }));
}

function must(argv: readonly string[], ended: Ended): void {
  if (ended.code === 0) return;
  throw new Error(`${argv.join(' ')}: ${ended.how}\n${ended.stdout.slice(-2000)}\n${ended.stderr.slice(-2000)}`);
}
