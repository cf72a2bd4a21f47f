// The moment of the mistake, found in kept WAL on every major: which transaction emptied, dropped or changed a table, and the way back to just before it.

import { describe, expect, it } from 'vitest';
import type { Lab } from '../../src/lab/lab.ts';
import { startServer, stopServer } from '../../src/lab/server.ts';
import { type Machine } from '../support/lifeboat.ts';
import { majors } from '../support/majors.ts';
import { loaded, placeToRestore, receivedLab } from '../support/received.ts';

interface Found {
  readonly xid: number;
  readonly time: string;
  readonly lsn: string;
  readonly records: number;
  readonly later: number;
  readonly database: { readonly name: string | null } | null;
  readonly effects: readonly { readonly operation: string; readonly what: string; readonly rows: number | null }[];
  readonly target: { readonly restore: readonly string[]; readonly book: readonly string[] };
}

async function find(by: Machine, ...options: string[]): Promise<readonly Found[]> {
  const said = await by.run('wal', 'find', '--json', ...options);
  expect(said.code, said.stderr).toBe(0);
  return (JSON.parse(said.stdout) as { transactions: readonly Found[] }).transactions;
}

/** What each transaction did, in short: `742 truncate public.orders`. */
const short = (all: readonly Found[]): string[] =>
  all.flatMap(({ xid, effects }) =>
    effects.map(({ operation, what, rows }) => `${xid} ${operation} ${what}${rows === null ? '' : ` ${rows}`}`),
  );

describe.each(majors)('PostgreSQL %s', (_, bin) => {
  it('finds what was done under load, names it, and leads back to just before it', async () => {
    const { lab: made, machine: by } = await receivedLab(bin, { nodes: 1 });
    const sql = (text: string): Promise<string> => made.psql('node1', text);
    await sql('create table noted (what text, xid bigint)');
    await sql(
      "create table orders (id int primary key, what text); insert into orders select i, 'x' from generate_series(1, 10000) i",
    );
    await sql(
      'create table parts (id int primary key references orders, what text); create table gone as select * from orders',
    );
    await sql('create table many (id int primary key, what text)');
    await sql("insert into many select i, 'x' from generate_series(1, 20000) i");
    await sql('create database shop');
    const taken = await by.run('backup', '--json', '--from', 'primary');
    expect(taken.code, taken.stderr).toBe(0);
    const load = await loaded(made, { pgbench: 2, scale: 1 });
    const began = await sql('select now()');

    /** In one transaction, whose number the server itself writes down. */
    const mistake = async (what: string, ...statements: string[]): Promise<number> => {
      await sql(['begin', ...statements, `insert into noted values ('${what}', txid_current())`, 'commit'].join('; '));
      return Number(await sql(`select max(xid) from noted where what = '${what}'`));
    };
    await sql("select pg_create_restore_point('before it all')");
    const truncated = await mistake('truncate', 'truncate orders cascade');
    const again = await mistake('again', "insert into orders values (1, 'y')", 'truncate orders cascade');
    // None of these loses anything.
    await sql('vacuum full many');
    await sql('reindex table many');
    await sql('alter table many alter id type bigint');
    await mistake('own', 'create table own as select * from many', 'truncate own', 'drop table own');
    await sql('begin; truncate many; rollback');
    const deleted = await mistake('delete', 'delete from many where id <= 7000');
    const parted = await mistake(
      'parted',
      "do $$ begin for i in 7001..7010 loop begin delete from many where id = i; insert into noted values ('part', i); exception when others then null; end; end loop; end $$",
    );
    const dropped = await mistake('drop', 'drop table gone');
    await sql('create table late (id int); insert into late values (1)');
    const lateDropped = await mistake('late', 'drop table late');
    await sql('drop database shop');
    await load.stop();
    const end = await sql('select count(*) from pgbench_history');
    expect(Number(end)).toBeGreaterThan(0);
    // What the receiver does not have yet is waited for.

    const all = await find(by, '--between', began, await sql('select now()'));
    const database = all.find(({ effects }) => effects.some(({ what }) => what === 'database shop'));
    expect(short(all)).toEqual([
      `${truncated} truncate public.orders`,
      `${truncated} truncate public.parts`,
      `${again} truncate public.orders`,
      `${again} truncate public.parts`,
      `${dropped} drop public.gone`,
      `${lateDropped} drop public.late`,
      `${database!.xid} drop database shop`,
    ]);
    expect(short(await find(by, '--table', 'orders', '--op', 'truncate'))).toHaveLength(4);
    expect(short(await find(by, '--table', 'public.many', '--op', 'delete'))).toEqual([
      `${deleted} delete public.many 7000`,
      `${parted} delete public.many 10`,
    ]);
    expect(short(await find(by, '--op', 'delete', '--least', '1000'))).toEqual([`${deleted} delete public.many 7000`]);
    expect(short(await find(by, '--xid', String(deleted)))).toEqual([
      `${deleted} delete public.many 7000`,
      `${deleted} insert public.noted 1`,
    ]);
    // A subtransaction is a part of its transaction: recovery knows the number of the latter only.
    const part = await sql("select xmin from noted where what = 'part' and xid = 7004");
    expect(Number(part)).toBeGreaterThan(parted);
    expect((await find(by, '--xid', part)).map(({ xid }) => xid)).toEqual([parted]);
    const [first] = all;
    expect(first).toMatchObject({
      database: { name: 'postgres' },
      target: { book: ['lifeboat', 'run', 'pitr', '-p', `to_xid=${truncated}`, '-p', 'exclusive=true'] },
    });
    const inside = await find(by, '--between', first!.time, first!.time);
    expect(inside.map(({ xid }) => xid)).toEqual([truncated]);

    // With the server down what it knew is in the backup.
    const within = ['--between', all[0]!.time, all.at(-1)!.time];
    await stopServer(made.node('node1'), made.programs);
    expect(short(await find(by, ...within))).toEqual(short(all));
    await startServer(made.node('node1'), made.programs);

    // A time, a place and a number are the same moment.
    const at = await by.run('wal', 'at', String(truncated), '--json');
    expect(JSON.parse(at.stdout)).toMatchObject({
      ends: [{ xid: truncated, committed: true, lsn: first!.lsn, time: first!.time }],
    });
    const placed = await by.run('wal', 'at', first!.lsn, '--json');
    expect(JSON.parse(placed.stdout)).toMatchObject({ moments: [{ before: { xid: truncated } }] });
    const timed = await by.run('wal', 'at', first!.time, '--json');
    expect(JSON.parse(timed.stdout)).toMatchObject({ moments: [{ before: { xid: truncated } }] });
    const points = await by.run('wal', 'at', '--points', '--json');
    expect(JSON.parse(points.stdout)).toMatchObject({ points: [{ name: 'before it all' }] });

    // Who reads it is told the same.
    const text = await by.run('wal', 'find', '--table', 'gone');
    expect(text.stdout).toContain('drop       public.gone');
    expect(text.stdout).toContain(`lifeboat restore --to-xid ${dropped} --exclusive`);

    await back(
      made,
      by,
      first!,
      async ask => {
        expect(await ask('select count(*) from orders')).toBe('10000');
        expect(await ask("select count(*) from noted where what = 'truncate'")).toBe('0');
      },
      new RegExp(`recovery stopping before commit of transaction ${truncated},`),
    );
    await back(
      made,
      by,
      database!,
      async ask => {
        expect(await ask("select datname from pg_database where datname = 'shop' and datconnlimit = -1")).toBe('shop');
        expect(await ask("select count(*) from noted where what = 'late'")).toBe('1');
      },
      /recovery stopping before WAL location/,
    );
  }, 600_000);
});

/** Restores to the target that was printed, and looks. */
async function back(
  from: Lab,
  by: Machine,
  { target }: Found,
  look: (ask: (sql: string) => Promise<string>) => Promise<void>,
  log: RegExp,
): Promise<void> {
  const place = placeToRestore(from);
  const [, , ...options] = target.restore;
  const said = await place.from(by, ...options);
  expect(said.code, said.stderr).toBe(0);
  expect((await place.start()).code, place.log.slice(-3000)).toBe(0);
  await place.recovered();
  expect(place.log).toMatch(log);
  await look(sql => place.ask(sql));
  expect((await place.stop()).code).toBe(0);
}
