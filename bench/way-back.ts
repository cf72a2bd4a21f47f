// From "TRUNCATE noticed" to a proven, writable primary: Lifeboat, and the same by hand with pgBackRest, from the same place in one run.

import { readFileSync } from 'node:fs';
import { createLab } from '../src/lab/lab.ts';
import { putFile } from '../src/lab/ownership.ts';
import { until } from '../src/lab/probe.ts';
import { replayed, written } from '../src/lab/replayed.ts';
import { bytes, seconds, showBytes } from '../src/time.ts';
import { asLocal } from './backup-peers.ts';
import { Before } from './before.ts';
import type { Pair } from './cluster.ts';
import { fill, write } from './fill.ts';
import { reportParts } from './parts.ts';
import { byHand } from './way-back-by-hand.ts';
import { LifeboatWay, type Proof } from './way-back-lifeboat.ts';

const table = 'pgbench_history';

/** Of the data; the WAL is a third more. 1500 is a cluster worth talking of, and takes minutes. */
const size = bytes(Number(process.env['LIFEBOAT_BENCH_MB'] ?? 150) * 1e6);
const wal = bytes((size * 4) / 3);

export async function wayBack(): Promise<void> {
  // Autovacuum would come upon the tables while one of them is at work.
  const settings = { max_wal_size: '1GB', checkpoint_timeout: '30min', autovacuum: 'off' };
  const lab = await createLab({ nodes: 2, settings });
  try {
    const [primary, standby] = lab.nodes;
    if (!primary || !standby) throw new Error('two nodes were asked for');
    const pair = { lab, primary, standby };
    // On the database host, as pgBackRest is: through SSH the bytes would be encrypted and decrypted on this one machine.
    putFile(lab.inventoryFile, asLocal(readFileSync(lab.inventoryFile, 'utf8')), 0o644, lab.user);
    await archiveNothing(pair);
    await fill(lab, primary, size);
    await replayed(lab, standby.name, await written(lab, primary.name));
    const ours = new LifeboatWay(lab);
    const theirs = byHand(pair);
    await ours.backUp(standby);
    await theirs?.backUp();
    await write(lab, primary, wal);
    const asked = await truncate(pair);
    await archived(pair);
    // The receiver ends when nobody can write any more, as it would have gone on until then.
    const before = await Before.keep(lab, theirs === undefined ? [] : [theirs.home]);
    await ours.rest();
    await ours.receive();
    console.log(`\n${await title(pair)}`);
    const { took, afterwards } = await ours.back(table, asked.proof);
    await sameData(pair, asked.all);
    await ours.rest();
    if (theirs === undefined) {
      reportParts(['lifeboat', took], undefined);
      console.log('  pgBackRest is not installed here: not measured');
    } else {
      await before.bringBack();
      const hand = await theirs.back(table, asked.proof);
      await sameData(pair, asked.all);
      reportParts(['lifeboat', took], ['pgBackRest', hand]);
    }
    console.log(
      '  lifeboat brings the WAL with the backup, pgBackRest while it is replayed (archive-async, 2 processes)',
    );
    console.log(`  not in it: lifeboat went on to build the standby anew, ${(afterwards / 1000).toFixed(2)} s`);
  } finally {
    await lab.destroy();
  }
}

/** The WAL that the data comes with is nobody's business. */
async function archiveNothing({ lab, primary }: Pair): Promise<void> {
  await lab.psql(primary.name, "alter system set archive_command = 'true'");
  await lab.psql(primary.name, 'select pg_reload_conf()');
}

const rows = `select count(*) || ', the last of ' || max(mtime) from ${table}`;
const everything = `select (${rows}), (select sum(delta) from ${table}), (select sum(abalance) from pgbench_accounts), (select sum(bbalance) from pgbench_branches)`;

/** The mistake, and what goes on until it is noticed; returns what there was just before it. */
async function truncate({ lab, primary }: Pair): Promise<{ readonly proof: Proof; readonly all: string }> {
  const ask = (sql: string): Promise<string> => lab.psql(primary.name, sql, seconds(300));
  const known = { proof: { query: rows, value: await ask(rows) }, all: await ask(everything) };
  await ask(`truncate ${table}`);
  await write(lab, primary, bytes(wal / 20));
  return known;
}

/** pgBackRest has all of it, and so has the receiver when the server stops. */
async function archived({ lab, primary }: Pair): Promise<void> {
  const last = await lab.psql(primary.name, 'select pg_walfile_name(pg_switch_wal())');
  const query = `select last_archived_wal >= '${last}' from pg_stat_archiver`;
  if (await until(seconds(600), async () => (await lab.psql(primary.name, query)) === 't', 200)) return;
  throw new Error(`${last} is not archived`);
}

async function sameData({ lab, primary }: Pair, all: string): Promise<void> {
  const found = await lab.psql(primary.name, everything, seconds(300));
  if (found !== all) throw new Error(`the data is not that of just before the TRUNCATE: ${found}, expected ${all}`);
}

async function title({ lab, primary }: Pair): Promise<string> {
  const [whole = '', version = ''] = (
    await lab.psql(
      primary.name,
      "select sum(pg_database_size(oid)), current_setting('server_version') from pg_database",
    )
  ).split('|');
  return `way back from a TRUNCATE, ${showBytes(bytes(Number(whole)))} and ${showBytes(wal)} of WAL behind the backup, PostgreSQL ${version}:`;
}
