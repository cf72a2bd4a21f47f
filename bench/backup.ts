// Backups side by side on one cluster of 1.5 GB, half of which compresses badly: taken, taken again, restored, restored over damage; WAL pushed.

import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createLab, type Lab, type LabNode } from '../src/lab/lab.ts';
import { give } from '../src/lab/ownership.ts';
import { bytes, seconds, showBytes } from '../src/time.ts';
import { barman, lifeboatPeer, type Peer, pgBackRest } from './backup-peers.ts';
import { fill } from './fill.ts';
import { type Cost, measured } from './measured.ts';

const segments = 12;

export async function backup(): Promise<void> {
  // Autovacuum would come upon the new tables while one of them is at work, and its WAL, as much as the tables, would be that one's burden alone.
  const settings = { max_wal_size: '8GB', wal_keep_size: '0', autovacuum: 'off' };
  const lab = await createLab({ nodes: 1, settings });
  try {
    const [node] = lab.nodes;
    if (node === undefined) throw new Error('a node was asked for');
    await fill(lab, node, bytes(1.5e9));
    const peers = [lifeboatPeer(lab), pgBackRest(lab, node), barman(lab, node)].filter(peer => peer !== undefined);
    console.log(
      `\nbackup of ${showBytes(bytes(await sizeOfCluster(lab, node)))}, half of it random, PostgreSQL ${await version(lab, node)}:`,
    );
    line('floor: pg_basebackup to a pipe', await floor(lab, node));
    line('floor: tar of the directory to a pipe', await tar(lab, node));
    for (const peer of peers) {
      // What one of them trips over is its own: the others are still to be measured.
      await take(lab, node, peer).catch((error: unknown) => console.log(`    failed: ${String(error)}`));
    }
  } finally {
    await lab.destroy();
  }
}

async function take(lab: Lab, node: LabNode, peer: Peer): Promise<void> {
  console.log(`  ${peer.name}`);
  await peer.prepare();
  try {
    line('full', await peer.full(), kept(peer));
    await change(lab, node);
    line('second, after 1 % of the rows changed', await peer.second(), kept(peer));
    const into = join(lab.directory, `restored-${peer.name.split(' ')[0] ?? ''}`);
    mkdirSync(into, { mode: 0o700 });
    give(into, lab.user);
    line('restore into an empty directory', await peer.restore(into, false));
    damage(into);
    line('restore over a little damage', await peer.restore(into, true));
    rmSync(into, { recursive: true });
    if (peer.push !== null) await push(lab, node, peer.push);
  } finally {
    await peer.end();
  }
}

async function push(lab: Lab, node: LabNode, one: (segment: string) => Promise<Cost>): Promise<void> {
  await lab.psql(node.name, "alter system set archive_command = 'false'");
  await lab.psql(node.name, 'select pg_reload_conf()');
  const first = await lab.psql(node.name, 'select pg_walfile_name(pg_switch_wal())');
  for (let i = 0; i < segments; i += 1)
    await lab.psql(node.name, 'update noise set n = n where n % 40 = 0; select pg_switch_wal()');
  const names = readdirSync(node.wal).filter(name => /^[0-9A-F]{24}$/.test(name) && name > first);
  const costs: Cost[] = [];
  for (const name of names.toSorted().slice(0, segments)) costs.push(await one(join(node.wal, name)));
  const mean = (of: (cost: Cost) => number): number => costs.reduce((sum, cost) => sum + of(cost), 0) / costs.length;
  line('wal push, per segment', {
    wall: mean(c => c.wall),
    processor: mean(c => c.processor),
    memory: mean(c => c.memory),
  });
}

const change = (lab: Lab, node: LabNode): Promise<string> =>
  lab.psql(
    node.name,
    'update pgbench_accounts set abalance = abalance + 1 where aid % 100 = 0; checkpoint',
    seconds(300),
  );

/** Twenty files of the restored copy, a page each. */
function damage(directory: string): void {
  const base = join(directory, 'base');
  const files = readdirSync(base, { recursive: true, encoding: 'utf8' }).map(name => join(base, name));
  const large = files.filter(file => statSync(file).isFile() && statSync(file).size > 1024 * 1024);
  for (const file of large.slice(0, 20)) {
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(8192, 1), 0, 8192, 512 * 1024);
    closeSync(handle);
  }
}

const floor = (lab: Lab, { socket, port }: LabNode): Promise<Cost> => {
  const program = `${lab.description.bin}/pg_basebackup -h ${socket} -p ${String(port)} -U postgres -D - -Ft -X none -c fast | cat > /dev/null`;
  return measured(['sh', '-c', program], { as: lab.user.as });
};

const tar = (lab: Lab, { data }: LabNode): Promise<Cost> =>
  measured(['sh', '-c', `tar -cf - -C ${data} . | cat > /dev/null`], { as: lab.user.as });

const kept = ({ repository }: Peer): string => `${showBytes(bytes(sizeOf(repository)))} kept`;

function sizeOf(directory: string): number {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return names.reduce((sum, name) => {
    const found = statSync(join(directory, name), { throwIfNoEntry: false });
    return sum + (found?.isFile() === true ? found.size : 0);
  }, 0);
}

async function sizeOfCluster(lab: Lab, node: LabNode): Promise<number> {
  return Number(await lab.psql(node.name, 'select sum(pg_database_size(oid)) from pg_database'));
}

async function version(lab: Lab, node: LabNode): Promise<string> {
  return lab.psql(node.name, 'show server_version');
}

function line(what: string, { wall, processor, memory }: Cost, more = ''): void {
  const numbers = `${wall.toFixed(2).padStart(7)} s  ${processor.toFixed(2).padStart(7)} s of processor  ${showBytes(bytes(memory)).padStart(8)}`;
  console.log(`    ${what.padEnd(40)}${numbers}  ${more}`.trimEnd());
}
