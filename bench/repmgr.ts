// repmgr on a lab, set up as its manual says, for a comparison side by side; it is measured where it is installed, and nowhere asked for.

import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../src/drivers/process.ts';
import { labFiles } from '../src/lab/layout.ts';
import type { LabNode } from '../src/lab/lab.ts';
import { putFile } from '../src/lab/ownership.ts';
import { postgresBin } from '../src/lab/installation.ts';
import { mark } from '../src/lab/server.ts';
import { seconds } from '../src/time.ts';
import { makePair, type Pair, succeed } from './cluster.ts';

/** Its version, where program and extension are there for this PostgreSQL. */
export async function repmgrVersion(): Promise<string | undefined> {
  const bin = postgresBin();
  const program = programOf(bin);
  if (program === undefined) return undefined;
  const extension = await run([`${bin}/pg_config`, '--sharedir'], { within: seconds(10) });
  if (!existsSync(`${extension.stdout.trim()}/extension/repmgr.control`)) return undefined;
  const { code, stdout } = await run([program, '--version'], { within: seconds(10) });
  return code === 0 ? stdout.trim() : undefined;
}

const programOf = (bin: string): string | undefined =>
  [`${bin}/repmgr`, '/usr/bin/repmgr', '/usr/local/bin/repmgr'].find(existsSync);

/** A pair with both nodes registered. */
export async function makeRepmgrPair(): Promise<Pair> {
  const pair = await makePair({ shared_preload_libraries: 'repmgr' });
  const { lab, primary, standby } = pair;
  for (const node of [primary, standby]) {
    const file = `${node.data}/pg_hba.conf`;
    const lines = ['host all repmgr 127.0.0.0/8 trust', 'host replication repmgr 127.0.0.0/8 trust', ''];
    putFile(file, lines.join('\n') + readFileSync(file, 'utf8'), 0o600, lab.user);
    putFile(configOf(node), configuration(pair, node), 0o600, lab.user);
    await lab.psql(node.name, 'select pg_reload_conf()');
  }
  await lab.psql(primary.name, 'create role repmgr superuser login replication');
  await lab.psql(primary.name, 'create database repmgr owner repmgr');
  await repmgr(pair, primary, 'primary', 'register');
  await replayed(pair);
  await repmgr(pair, standby, 'standby', 'register');
  await replayed(pair);
  return pair;
}

/** On the node itself, as its operator would. */
export function repmgr({ lab }: Pair, node: LabNode, ...words: readonly string[]): Promise<void> {
  const program = programOf(lab.description.bin) ?? 'repmgr';
  return succeed(lab, [program, '-f', configOf(node), ...words], mark(node));
}

const configOf = (node: LabNode): string => `${node.directory}/repmgr.conf`;

/** Its defaults, but for where things lie. */
function configuration({ lab }: Pair, node: LabNode): string {
  const { clientKey, knownHosts } = labFiles(lab.directory);
  const ssh = `-q -o BatchMode=yes -o ConnectTimeout=10 -p ${String(node.sshPort)} -i ${clientKey} -o UserKnownHostsFile=${knownHosts}`;
  const settings = {
    node_id: node.name.replace(/\D/g, ''),
    node_name: node.name,
    conninfo: `host=${node.address} port=${String(node.port)} user=repmgr dbname=repmgr connect_timeout=2`,
    data_directory: node.data,
    pg_bindir: lab.description.bin,
    pg_ctl_options: `-l ${node.log}`,
    ssh_options: ssh,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join('');
}

/** The standby knows what the primary has written of its own. */
async function replayed({ lab, primary, standby }: Pair): Promise<void> {
  const written = await lab.psql(primary.name, 'select pg_current_wal_lsn()');
  while ((await lab.psql(standby.name, `select pg_last_wal_replay_lsn() >= '${written}'`)) !== 't') await sleep(20);
}
