// Data for a benchmark, half of which compresses badly, and WAL by the megabyte as a busy server writes it.

import { run } from '../src/drivers/process.ts';
import type { Lab, LabNode } from '../src/lab/lab.ts';
import { type Bytes, seconds } from '../src/time.ts';

/** What pgbench's tables take for each unit of its scale, and a row of random bytes, in bytes. */
const [scaleSize, rowSize] = [15e6, 7900];

/** Half as pgbench fills it, half from /dev/urandom. */
export async function fill(lab: Lab, node: LabNode, size: Bytes): Promise<void> {
  await pgbench(lab, node, '-i', '-q', '-s', String(Math.max(1, Math.round(size / 2 / scaleSize))));
  await lab.psql(
    node.name,
    'create table noise (n int, bytes bytea); alter table noise alter bytes set storage external',
  );
  const rows = Math.round(size / 2 / rowSize);
  const random = `select i, pg_read_binary_file('/dev/urandom', 0, ${rowSize}) from generate_series(1, ${rows}) i`;
  await lab.psql(node.name, `insert into noise ${random}`, seconds(300));
  await lab.psql(node.name, 'vacuum (freeze, analyze)', seconds(300));
  await lab.psql(node.name, 'checkpoint', seconds(300));
}

/** How many rounds of {@link write} go once through all accounts. */
const rounds = 20;

/**
 * Transactions as pgbench has them, and in between a nightly job that goes through a part of the accounts. A checkpoint before each
 * round, as hours would bring them: pages are written whole again, and so much WAL does not take hours.
 */
export async function write(lab: Lab, node: LabNode, size: Bytes): Promise<void> {
  const from = await lab.psql(node.name, 'select pg_current_wal_insert_lsn()');
  const written = `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '${from}')`;
  for (let round = 0; Number(await lab.psql(node.name, written)) < size; round += 1) {
    await lab.psql(node.name, 'checkpoint', seconds(300));
    await pgbench(lab, node, '-n', '-c', '2', '-T', '2');
    const part = `aid * ${rounds}::bigint / (select max(aid) + 1 from pgbench_accounts) = ${round % rounds}`;
    const job = `update pgbench_accounts set abalance = abalance where aid % 4 = ${Math.floor(round / rounds) % 4} and ${part}`;
    await lab.psql(node.name, job, seconds(300));
  }
}

async function pgbench(lab: Lab, { socket, port }: LabNode, ...words: readonly string[]): Promise<void> {
  const program = `${lab.description.bin}/pgbench`;
  const argv = [program, ...words, '-h', socket, '-p', String(port), '-U', 'postgres', 'postgres'];
  const ended = await run(argv, { as: lab.user.as, within: seconds(600) });
  if (ended.code !== 0) throw new Error(`${argv.join(' ')}: ${ended.stderr}`);
}
