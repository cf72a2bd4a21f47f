// The first server of a lab made of something that is there already, such as a backup, in place of an empty cluster.

import { readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../drivers/process.ts';
import { Fault } from '../faults.ts';
import type { Outsiders } from '../postgres/outward.ts';
import { seconds, showDuration } from '../time.ts';
import type { LabUser } from './installation.ts';
import { databaseUser, tablespacesOf, type LabDescription, type LabNode, type LabTablespace } from './layout.ts';
import { cutOff } from './outsiders.ts';
import { makeDirectories, putFile } from './ownership.ts';
import { postmaster, psql, setOff, stopServer, type Programs } from './server.ts';
import { commonSettings, hostAccess } from './settings.ts';

export interface Seed {
  /** The programs of its version. */
  readonly bin: string;
  /** Those outside of its data directory. */
  readonly tablespaces: readonly LabTablespace[];
  /** A superuser that it has, and a database. */
  readonly login: { readonly user: string; readonly database: string };
  /** Raised where nobody wants the lab any more. */
  readonly stop: AbortSignal;
  /** Fills data and WAL directory of a node; resolves with what postgresql.auto.conf must hold until recovery is over. */
  plant(node: LabNode, tablespaces: readonly { readonly oid: string; readonly path: string }[]): Promise<string>;
  /** It stands on its own feet; what it held that would have reached outside is switched off. */
  grown(found: Outsiders): void;
}

const recovery = seconds(24 * 3600);

/** Leaves a primary that is stopped, on a timeline of its own, with nothing in it that would reach whatever it is a copy of. */
export async function plantSeed(
  lab: LabDescription,
  node: LabNode,
  user: LabUser,
  { seed, statements }: { readonly seed: Seed; readonly statements: string },
): Promise<void> {
  const spaces = tablespacesOf(lab, node);
  for (const { path } of spaces) makeDirectories(lab.directory, path, 0o700, user);
  const untilRecovered = await seed.plant(node, spaces);
  const file = (name: string, text: string): void => putFile(`${node.data}/${name}`, text, 0o600, user);
  file('postgresql.conf', commonSettings(lab));
  file('pg_hba.conf', hostAccess);
  file('pg_ident.conf', '');
  file('postgresql.auto.conf', untilRecovered);
  const programs = { bin: lab.bin, as: user.as };
  await recovered(node, programs, seed);
  seed.grown(await cutOff(sql => psql(node, programs, sql, seconds(600), seed.login)));
  await psql(node, programs, superuser, seconds(60), seed.login);
  await psql(node, programs, `${statements}${toLose}checkpoint;`, seconds(3600));
  await stopServer(node, programs);
  file('postgresql.auto.conf', '');
  forgetFormerTimelines(node);
}

/** Its source's WAL has done its work; left there, a book would bring it into the repository of the copy, which begins with the copy. */
function forgetFormerTimelines({ wal }: LabNode): void {
  const segments = readdirSync(wal).filter(name => /^[0-9A-F]{24}$/.test(name));
  const own =
    segments
      .map(name => name.slice(0, 8))
      .sort()
      .at(-1) ?? '';
  for (const name of segments.filter(one => !one.startsWith(own))) rmSync(`${wal}/${name}`);
}

/** Stories take a table away: one of the lab's, for they know no other. */
const toLose = 'insert into lifeboat_drill."loop" (at) select clock_timestamp() from generate_series(1, 1000);\n';

/** The lab's own way in; the source may have named it otherwise. */
const superuser = `
select 'create role ${databaseUser}' where not exists (select from pg_roles where rolname = '${databaseUser}') \\gexec
alter role ${databaseUser} superuser login;
select 'create database postgres' where not exists (select from pg_database where datname = 'postgres') \\gexec
`;

/** Returns once it takes writes; pg_ctl would be content with one that replays. */
async function recovered(node: LabNode, programs: Programs, { stop, login }: Seed): Promise<void> {
  await setOff(node, programs);
  const deadline = performance.now() + recovery;
  for (let missed = 0; missed < 10;) {
    if (stop.aborted) throw new Fault('interrupted', 'interrupted');
    const asked = psql(node, programs, 'select pg_is_in_recovery()', seconds(10), login);
    if ((await asked.catch(() => undefined)) === 'f') return;
    if (performance.now() > deadline)
      throw new Fault('failed', `recovery did not end within ${showDuration(recovery)}`, { on: node.name });
    missed = postmaster(node) ? 0 : missed + 1;
    await sleep(100);
  }
  throw new Fault('failed', `the restored server does not come up: ${lastComplaint(node)}`, { on: node.name });
}

function lastComplaint({ log }: LabNode): string {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  return lines.filter(line => /FATAL|PANIC/.test(line)).at(-1) ?? lines.at(-1) ?? `nothing in ${log}`;
}

/** The links in pg_tblspc of a copied data directory lead to the tablespaces of the other node still. */
export async function copyTablespaces(lab: LabDescription, from: LabNode, to: LabNode, user: LabUser): Promise<void> {
  const own = tablespacesOf(lab, to);
  for (const [at, { path }] of tablespacesOf(lab, from).entries()) {
    const { oid, path: into } = own[at] ?? { oid: '', path: '' };
    makeDirectories(lab.directory, into, 0o700, user);
    const ended = await run(['cp', '-a', `${path}/.`, into], { as: user.as, within: seconds(6 * 3600) });
    if (ended.code !== 0) throw new Fault('failed', `${ended.how}: ${ended.stderr.trim()}`, { on: to.name });
    rmSync(`${to.data}/pg_tblspc/${oid}`);
    symlinkSync(into, `${to.data}/pg_tblspc/${oid}`);
  }
}
