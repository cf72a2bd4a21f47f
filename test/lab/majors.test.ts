// On every major that there is: backups of a primary and of a standby under load become servers whose every row and index is right.

import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../src/lab/fingerprint.ts';
import type { Lab } from '../../src/lab/lab.ts';
import type { Backup } from '../../src/repo/backup.ts';
import { listBackups } from '../../src/repo/catalog.ts';
import { walKept } from '../../src/repo/wal-catalog.ts';
import { labRepository } from '../support/lab-repository.ts';
import { type Machine } from '../support/lifeboat.ts';
import { majors } from '../support/majors.ts';
import { loaded, placeToRestore, receivedLab } from '../support/received.ts';
import { keptSoFar } from '../support/receiver.ts';
import type { Restored } from '../support/restored.ts';

describe.each(majors)('PostgreSQL %s', (_, bin) => {
  it('backup from the primary and from the standby under load, each restored: verified, whole, every row there', async () => {
    const { lab: made, machine, receiver } = await receivedLab(bin, { nodes: 2 });
    const load = await loaded(made, { pgbench: 2, scale: 2 });
    const taken = [await take(made, machine, 'primary'), await take(made, machine, 'standby')];
    await load.stop();
    const repo = await labRepository(made);
    const rows = await fingerprint(sql => made.psql('node1', sql));
    expect(rows).toMatch(/pgbench_accounts 200000 /);
    await keptSoFar(made, 'node1', repo);
    expect((await receiver.stop()).code).toBe(0);
    expect((await walKept(repo)).stretches).toHaveLength(1);

    for (const backup of taken) await comesBack(made, machine, backup, rows);
  });
});

async function take(from: Lab, by: Machine, role: 'primary' | 'standby'): Promise<Backup> {
  const said = await by.run('backup', '--json', '--from', role);
  expect(said.code, said.stderr).toBe(0);
  const backup = (await listBackups(await labRepository(from))).at(-1)!;
  expect(backup).toMatchObject({ status: 'ok', role });
  return backup;
}

async function comesBack(from: Lab, by: Machine, { id }: Backup, rows: string): Promise<void> {
  const place = placeToRestore(from);
  const said = await place.from(by, '--backup', id);
  expect(said.code, said.stderr).toBe(0);
  // Of what a restore writes itself it looks at nothing: postgresql.auto.conf and the signal files are its exceptions.
  const proof = await place.verified();
  expect(proof.code, proof.stderr).toBe(0);
  const begun = await place.start();
  expect(begun.code, place.log.slice(-3000)).toBe(0);
  await place.recovered();
  expect(await fingerprint(sql => place.ask(sql))).toBe(rows);
  await isWhole(place);
  expect((await place.stop()).code).toBe(0);
  const sums = await place.run('pg_checksums', '-c', '-D', place.data);
  expect(sums.stdout, sums.stderr).toMatch(/Bad checksums: +0/);
}

/** Each index against its table; 13 has no pg_amcheck. */
async function isWhole(place: Restored): Promise<void> {
  const major = Number(await place.ask("select current_setting('server_version_num')::int / 10000"));
  if (major >= 14) {
    const checked = await place.run(
      'pg_amcheck',
      ...place.connection,
      '--install-missing',
      '--heapallindexed',
      '--all',
    );
    expect(checked).toMatchObject({ code: 0, stdout: '' });
  } else {
    const indexes = `select count(bt_index_check(c.oid, true)) from pg_class c join pg_index i on i.indexrelid = c.oid
      join pg_am m on m.oid = c.relam where m.amname = 'btree' and c.relpersistence = 'p' and i.indisvalid`;
    await place.ask('create extension amcheck');
    expect(Number(await place.ask(indexes))).toBeGreaterThan(100);
  }
  const dumped = await place.run('pg_dump', ...place.connection, '-f', '/dev/null', 'postgres');
  expect(dumped.code, dumped.stderr).toBe(0);
}
