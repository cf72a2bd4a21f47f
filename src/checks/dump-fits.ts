// dump-fits: a logical backup can be restored on a node: its programs, locales, directories and room are enough for it.

import { posix } from 'node:path';
import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import type { Dump } from '../look/dump.ts';
import { type DumpState, dumpStateArgv, readDumpState, shortOf } from '../look/dump-reading.ts';
import { mapKnown } from '../look/facts.ts';
import { parseVersion, versionOf } from '../postgres/version.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';
import { seconds } from '../time.ts';

export const dumpFits = checkKind({
  name: 'dump-fits',
  summary:
    'A logical backup can be restored on the node: it is not newer than the programs there, its locales and the directories of its tablespaces are there, and room for it all',
  params: Type.Object({ path: Type.String({ pattern: '^/', description: 'Its directory, on the node' }) }),
  example: '{ check: dump-fits, on: primary, path: /disk3/backup/20261121/logical }',
  words: (on, { path }) => `the backup in ${path} can be restored on ${on}`,
  async test(on, { path }, look): Promise<Verdict> {
    const known = await look.dump(on, path);
    if (known.is === 'later' || known.is === 'silent') return known;
    const dump = known.value;
    const expected = 'programs, locales, directories and room for it';
    if (!dump) return { is: 'fails', expected: 'a logical backup', found: `there is none in ${path}` };
    const site = look.node(on);
    const places = placesOf(site, dump);
    const asked = await look.read(on, dumpStateArgv(questionOf(site, dump, path, places)), seconds(600));
    const state = mapKnown(asked, ({ stdout }) => readDumpState(stdout));
    if (state.is === 'later' || state.is === 'silent') return state;
    if (!state.value) return { is: 'silent', why: `${path} and its places cannot be looked at`, unreachable: false };
    const wrong = [
      ...newer(dump, state.value),
      ...state.value.locales.map(name => `the system has no locale ${name}`),
      ...state.value.archives.map(why => `pg_restore cannot read databases/${why}`),
      ...lost(dump, state.value),
      ...state.value.mounts.map(path => `${path} is a mount point, which cannot be moved aside`),
      ...shortOf(dump, site.postgres.data, state.value),
      ...places
        .filter(place => path.startsWith(`${place}/`))
        .map(place => `it lies below ${place}, which is moved aside`),
    ];
    if (wrong.length === 0) return { is: 'holds', found: `${String(dump.databases.length)} databases` };
    return { is: 'fails', expected, found: wrong.join('; '), hint: `what it is of: less ${path}/backup.json` };
  },
  forecast: () => ({}),
});

/** Where the new cluster will lie, and what is moved aside before. */
function placesOf({ postgres }: NodeSite, { tablespaces }: Dump): string[] {
  const own = [postgres.data, postgres.wal, postgres.archive].filter(path => path !== undefined);
  return [...own, ...tablespaces.map(({ directory }) => directory)];
}

function questionOf({ postgres }: NodeSite, dump: Dump, directory: string, places: readonly string[]) {
  const system = [dump.locale, ...dump.databases].flatMap(({ collate, ctype }) => [collate, ctype]);
  return {
    bin: postgres.bin,
    directory,
    broken: postgres.broken ?? `${posix.dirname(postgres.data)}/broken`,
    locales: [...new Set(system)],
    places,
  };
}

/** pg_restore reads what older programs wrote, and not what newer ones did (manual, pg_dump, Notes). */
function newer({ version }: Dump, state: DumpState): string[] {
  const [of, here] = [versionOf(version), parseVersion(state.version)];
  if (!here) return [`the programs there do not say of what version they are: ${state.version}`];
  return of.major > here.major ? [`it is of PostgreSQL ${of.text}, the programs there are ${here.text}`] : [];
}

/** The directory of a tablespace is made again, but not the file system that it was on. */
const lost = ({ tablespaces }: Dump, state: DumpState): string[] =>
  tablespaces
    .filter(({ directory }) => state.lost.includes(directory))
    .map(
      ({ name, directory }) =>
        `${directory} of the tablespace ${name} cannot be made: ${posix.dirname(directory)} is not there`,
    );
