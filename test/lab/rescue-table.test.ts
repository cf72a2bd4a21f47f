// One table back while the server goes on: of any name and kind, killed and resumed, taken back, and a second one out of the same sandbox.

import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLab, type Lab, type LabNode } from '../../src/lab/lab.ts';
import { give } from '../../src/lab/ownership.ts';
import { processesOf } from '../../src/lab/processes.ts';
import { ask, ident } from '../support/dumped.ts';
import { labRepository } from '../support/lab-repository.ts';
import { type Event, Machine, type Said } from '../support/lifeboat.ts';
import { keptSoFar, type Receiver, startReceiver } from '../support/receiver.ts';

const database = `it's "both"`;
const odd = '"Sales $1"."Odd ""rows"" of ü"';

let lab: Lab;
let node: LabNode;
let machine: Machine;
let receiver: Receiver | undefined;
let xid: string;
/** Of every table before the mistake, and of those that it did not touch. */
let before: Readonly<Record<'odd' | 'far', string>>;

const sql = (text: string): Promise<string> => ask(lab, node, text, database);
const rowsOf = (table: string): Promise<string> =>
  sql(`select count(*), sum(hashtextextended((r.*)::text, 0)) from ${table} r`);
/** The rest of the live database: what is in it, and how each thing is made. */
const others = (): Promise<string> =>
  sql(`select string_agg(relname || relkind::text || coalesce(pg_get_indexdef(oid), '') , ' ' order by oid) from pg_class
       where relnamespace in (select oid from pg_namespace where nspname in ('Sales $1', 'public'))`);
const sandboxes = (): string[] =>
  readdirSync(node.broken).flatMap(day =>
    readdirSync(`${node.broken}/${day}`).map(name => `${node.broken}/${day}/${name}`),
  );

const words = (table: string, ...more: string[]): string[] => [
  ...['-p', `database=${database}`, '-p', `table=${table}`, '-p', `to_xid=${xid}`, '-p', 'exclusive=true'],
  ...more,
];
const rescue = (table: string, ...more: string[]): Promise<Said> =>
  machine.run('run', 'rescue-table', ...words(table, ...more), '--yes');
// backup ─ rows ─ TRUNCATE of both tables in one transaction ─ more rows
beforeAll(async () => {
  lab = await createLab({ nodes: 1 });
  node = lab.node('node1');
  machine = new Machine(lab.inventoryFile);
  const space = `${node.directory}/disk5/space`;
  mkdirSync(space, { recursive: true });
  for (const path of [`${node.directory}/disk5`, space]) give(path, lab.user);
  await ask(lab, node, `create tablespace "far away" location '${space}'; create database ${ident(database)}`);
  await ask(lab, node, `alter database ${ident(database)} set datestyle = 'German'`);
  await sql(
    `create schema "Sales $1"; create type mood as enum ('glad', 'sad'); create sequence numbers;
     create table ${odd} (n bigint default nextval('numbers'), r text, at timestamptz default now(), feeling mood, gone int,
       twice bigint generated always as (n * 2) stored, check (n > 0)) partition by range (n);
     create table part_1 partition of ${odd} for values from (1) to (1001);
     create table part_2 partition of ${odd} for values from (1001) to (100001) tablespace "far away";
     alter table ${odd} drop column gone; create unique index on ${odd} (n);
     create table far (n int primary key, of float8) tablespace "far away"; create table other (n int references far);
     insert into ${odd} (r, feeling) select repeat('x', i % 90), 'sad' from generate_series(1, 2000) i`,
  );
  receiver = await startReceiver(machine);
  const said = await machine.run('backup', '--from', 'node1');
  expect(said.code, said.stderr).toBe(0);
  await sql(`insert into ${odd} (r, feeling) select 'behind the backup', 'glad' from generate_series(1, 3000) i;
    insert into far select i, i / 3.0 from generate_series(1, 500) i`);
  before = { odd: await rowsOf(odd), far: await rowsOf('far') };
  xid = await sql(`begin; truncate ${odd}, far, other; select pg_current_xact_id(); commit`);
  await sql(`insert into ${odd} (r) values ('after the mistake'); insert into other values (null)`);
  await keptSoFar(lab, 'node1', await labRepository(lab));
});

afterAll(async () => {
  await receiver?.stop();
  machine.remove();
  await lab.destroy();
});

const began = (step: string, op: string) => (event: Event) =>
  event.e === 'began' && event.step === step && (event['op'] as { do: { op: string } }).do.op === op;

/** Its script on the host, where it is not over yet: the server of the sandbox is left behind. */
function killScript(): void {
  for (const { pid, command } of processesOf(node.directory))
    if (command.includes(' copy-table '))
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone meanwhile.
      }
}

it('killed at each of its steps and resumed: the rows are there, and nothing else is touched', async () => {
  const [untouched, archived] = [await others(), readdirSync(node.archive).filter(name => name.endsWith('.history'))];
  const started = await ask(lab, node, 'select pg_postmaster_start_time()');
  let run = '';
  const copying = (event: Event): boolean => event.e === 'progress' && event.step === 'copy';
  for (const moment of [began('restore', 'restore'), copying, began('load', 'exec')]) {
    const args = run === '' ? ['run', 'rescue-table', ...words(odd)] : ['resume', run];
    const { ended } = machine.start([...args, '--yes', '--json'], (event, child) => {
      if (event.e === 'run') run = String(event['run']);
      if (!moment(event)) return;
      child.kill('SIGKILL');
      if (moment === copying) killScript();
    });
    const { signal, stderr, code } = await ended;
    expect(signal, `${String(code)} ${stderr}`).toBe('SIGKILL');
  }
  const last = await machine.run('resume', run, '--yes');
  expect(last.code, last.stdout + last.stderr).toBe(0);
  const copy = 'rescued."Odd ""rows"" of ü"';
  expect(await rowsOf(copy)).toBe(before.odd);
  expect(await sql(`select obj_description('${copy}'::regclass)`)).toMatch(
    /copied by lifeboat; 5000 rows, fingerprint -?\d+$/,
  );
  expect(await rowsOf(odd)).toMatch(/^1\|/);
  expect(await others()).toBe(untouched);
  expect(await ask(lab, node, 'select pg_postmaster_start_time()')).toBe(started);
  expect(readdirSync(node.archive).filter(name => name.endsWith('.history'))).toEqual(archived);
  const said = machine.journal(run).flatMap(event => JSON.stringify(event['outcome'] ?? ''));
  expect(said.join('\n')).toContain(`recovery stopping before commit of transaction ${xid}`);
});

it('its server is gone, and left no socket; how the table was defined lies beside the copy', () => {
  const [sandbox = ''] = sandboxes();
  expect(processesOf(sandbox)).toEqual([]);
  expect(readdirSync(node.socket).filter(name => name.includes('sandbox'))).toEqual([]);
  const definition = readdirSync(sandbox, { recursive: true, encoding: 'utf8' }).find(name => name.endsWith('.sql'))!;
  expect(readFileSync(`${sandbox}/${definition}`, 'utf8')).toMatch(/PARTITION BY RANGE[^]*CREATE UNIQUE INDEX/);
});

it('an undo of a run that was cut off drops it while it is what was copied, and the schema that was made for it', async () => {
  let run = '';
  const { ended } = machine.start(
    ['run', 'rescue-table', ...words('far', '-p', 'into=gone again'), '--yes', '--json'],
    (event, child) => {
      if (event.e === 'run') run = String(event['run']);
      if (began('load', 'note')(event)) child.kill('SIGKILL');
    },
  );
  expect((await ended).signal).toBe('SIGKILL');
  expect(await rowsOf('"gone again".far')).toBe(before.far);
  await sql('insert into "gone again".far values (0)');
  const refused = await machine.run('undo', run, '--yes');
  expect(refused.code).not.toBe(0);
  expect(refused.stdout + refused.stderr).toContain('is no longer what was copied');
  await sql('delete from "gone again".far where n = 0');
  const undone = await machine.run('undo', run, '--yes');
  expect(undone.code, undone.stdout + undone.stderr).toBe(0);
  expect(await sql(`select to_regnamespace('"gone again"') is null`)).toBe('t');
  expect(await rowsOf('far')).toMatch(/^0\|/);
});

it('a table that was not there at the target is told with its database; a second one comes out of the same sandbox', async () => {
  const missing = await rescue('"App".nothing');
  expect(missing.code).toBe(10);
  expect(missing.stdout + missing.stderr).toMatch(/at the target database it's "both" had no table "App"\.nothing/);
  const said = await rescue('far', '-p', 'into=Back');
  expect(said.code, said.stdout + said.stderr).toBe(0);
  expect(await rowsOf('"Back".far')).toBe(before.far);
  expect(sandboxes()).toHaveLength(1);
});

it('a name that is taken, a database that there is not, a publication that would send it on: refused', async () => {
  await sql('create publication everything for all tables');
  const said = await rescue('far', '-p', 'into=Back');
  expect(said.code).toBe(4);
  expect(said.stdout + said.stderr).toContain('something of that name is there');
  const sent = await rescue('far', '-p', 'into=again');
  expect(sent.code).toBe(4);
  expect(sent.stdout + sent.stderr).toMatch(/everything[^]*published=true/);
  const nowhere = await rescue('far', '-p', 'database=nowhere');
  expect(nowhere.code).toBe(4);
  expect(nowhere.stdout + nowhere.stderr).toContain('a database nowhere');
});
