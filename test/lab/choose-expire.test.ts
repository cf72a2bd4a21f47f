// Real backups and real WAL: what can be reached is told rightly, and expire takes nothing away from what stays.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLab } from '../../src/lab/lab.ts';
import { listBackups } from '../../src/repo/catalog.ts';
import { expire } from '../../src/repo/expire.ts';
import { readTarget } from '../../src/repo/target.ts';
import { unreachableWords } from '../../src/repo/unreachable.ts';
import { wayBack } from '../../src/repo/way-back.ts';
import { walKept } from '../../src/repo/wal-catalog.ts';
import { backupOf, catchUp, makeRepository } from '../support/kept.ts';

test('three backups, a dropped table, and a quiet hour afterwards', async () => {
  const lab = await createLab({ nodes: 1 });
  const directory = mkdtempSync(join(tmpdir(), 'choose-'));
  try {
    const repo = await makeRepository(join(directory, 'repo'));
    const sql = (text: string): Promise<string> => lab.psql('node1', text);
    await sql('create table t (id int)');
    // From here on a slot holds the WAL until it is fetched.
    await catchUp(lab, 'node1', repo);
    const first = await backupOf(lab, 'node1', repo);
    await sql('insert into t values (1)');
    await sql("select pg_create_restore_point('before the drop')");
    const before = (await sql('select clock_timestamp()')).trim();
    const xid = (await sql('begin; drop table t; select pg_current_xact_id(); commit')).match(/^\d+$/m)![0];
    await sql('select pg_switch_wal()');
    await catchUp(lab, 'node1', repo);
    const second = await backupOf(lab, 'node1', repo);
    await sql('create table u (id int)');
    // WAL that no transaction ends in.
    await sql("select pg_create_restore_point('quiet')");
    // Of itself a restore point is not flushed, and nothing is sent that is not.
    await sql('checkpoint');
    await catchUp(lab, 'node1', repo);
    const to = (words: Parameters<typeof readTarget>[0]) => wayBack(repo, { target: readTarget(words, 'UTC') });

    const drop = await to({ toTime: before });
    expect(drop.is === 'unreachable' ? unreachableWords(drop) : []).toEqual([]);
    expect(drop).toMatchObject({ is: 'chosen', backup: { id: first.id }, end: { is: 'before', xid: Number(xid) } });
    expect(await to({ toXid: xid, exclusive: true })).toMatchObject({
      is: 'chosen',
      end: { is: 'before', xid: Number(xid) },
    });
    expect(await to({ toName: 'before the drop' })).toMatchObject({ is: 'chosen', backup: { id: first.id } });
    expect(await to({ toName: 'quiet' })).toMatchObject({ is: 'chosen', backup: { id: second.id } });
    expect(await to({})).toMatchObject({ is: 'chosen', backup: { id: second.id } });
    const after = (await sql('select clock_timestamp()')).trim();
    const tooLate = await to({ toTime: after });
    expect(tooLate).toMatchObject({ is: 'unreachable', reasons: [{ is: 'after-last' }, { is: 'after-last' }] });
    if (tooLate.is === 'unreachable') {
      const { target } = tooLate.nearest.before!;
      expect(await wayBack(repo, { target })).toMatchObject({ is: 'chosen' });
    }

    const latest = await to({});
    await expire(repo, { redundancy: 1 }, 'me@here', () => undefined);
    expect((await listBackups(repo)).map(({ id }) => id)).toEqual([second.id]);
    expect((await walKept(repo)).stretches.every(({ from }) => from <= second.start)).toBe(true);
    expect(await to({})).toEqual(latest);
    expect(await to({ toName: 'quiet' })).toMatchObject({ is: 'chosen' });
    expect(await to({ toTime: before })).toMatchObject({
      is: 'unreachable',
      reasons: [{ is: 'before-stop', backup: second.id }],
      nearest: { after: { backup: second.id } },
    });
  } finally {
    await lab.destroy();
    rmSync(directory, { recursive: true, force: true });
  }
});
