// Why a restore is not begun: each reason by itself, all of them found before anything is touched. Pure.

import { parseVersion } from '../postgres/version.ts';
import type { Backup } from './backup.ts';
import type { Contents } from './restore-contents.ts';
import type { PlaceSeen, TargetSeen } from './restore-target.ts';
import type { Refusal, RestoreWish } from './restore-wish.ts';

export function refusalsOf(wish: RestoreWish, contents: Contents, seen: TargetSeen): Refusal[] {
  return [
    ...refusalsOfBackup(wish.backup, contents),
    ...refusalsOfServers(wish, seen),
    ...refusalsOfData(wish, seen),
    ...refusalsOfPlaces(wish, seen),
    ...refusalsOfPrograms(wish, seen),
  ];
}

function refusalsOfBackup(backup: Backup, { control, hasLabel }: Contents): Refusal[] {
  const other = 'lifeboat backups shows the others; name one with --backup ID';
  const said = (what: string): Refusal => ({ what, hint: other });
  return [
    ...(backup.status === 'ok'
      ? []
      : [said(`backup ${backup.id} failed and must not be trusted: ${backup.damaged ?? 'it was not finished'}`)]),
    ...(control === undefined
      ? [
          said(
            `backup ${backup.id} holds no pg_control that a server would start with: it was damaged when the backup was taken`,
          ),
        ]
      : control.systemId === backup.systemId
        ? []
        : [
            said(
              `backup ${backup.id} says system identifier ${backup.systemId}, and its pg_control says ${control.systemId}`,
            ),
          ]),
    ...(hasLabel ? [] : [said(`backup ${backup.id} holds no backup_label: recovery would begin at the wrong place`)]),
  ];
}

function refusalsOfServers({ where }: RestoreWish, { servers }: TargetSeen): Refusal[] {
  return servers.map(({ pid, path }) => ({
    what: `a server runs on ${path} (pid ${pid}); nothing is restored into ${where} while it does`,
    hint: 'stop it first, or restore elsewhere with --into DIR',
  }));
}

/** What is there must be the same cluster, by its system identifier: anything else is somebody's data. */
function refusalsOfData(
  { backup, where }: RestoreWish,
  { data, marker, systemId, version, user }: TargetSeen,
): Refusal[] {
  const elsewhere = 'restore into another directory with --into DIR, or move this one away';
  if (data.state === 'no-directory') return [{ what: `${where} is no directory`, hint: elsewhere }];
  const access = data.writable
    ? []
    : [
        {
          what: `${user} cannot write to ${where} (it belongs to ${data.owner})`,
          hint: 'run lifeboat as the user that PostgreSQL runs as',
        },
      ];
  if (data.state !== 'full') return access;
  const found = marker?.systemId ?? systemId;
  if (found === null) {
    return [
      ...access,
      {
        what: `${where} is not empty, and is no data directory of any cluster: there is no pg_control`,
        hint: elsewhere,
      },
    ];
  }
  if (found !== backup.systemId) {
    const theirs = version === null ? '' : `, PostgreSQL ${version}`;
    return [
      ...access,
      {
        what: `${where} holds another cluster: system identifier ${found}${theirs}; backup ${backup.id} is of ${backup.cluster}, ${backup.systemId}, PostgreSQL ${backup.version}`,
        hint: elsewhere,
      },
    ];
  }
  return access;
}

function refusalsOfPlaces(wish: RestoreWish, seen: TargetSeen): Refusal[] {
  const places = [...(seen.wal === null ? [] : [seen.wal]), ...seen.tablespaces];
  return [
    ...places.flatMap(place => accessOf(place, seen.user)),
    ...refusalsOfWal(wish, seen),
    ...seen.tablespaces.flatMap((_, at) => refusalsOfTablespace(wish, seen, at)),
  ];
}

function accessOf({ path, state, writable, owner }: PlaceSeen, user: string): Refusal[] {
  if (state === 'no-directory') return [{ what: `${path} is no directory`, hint: 'name another one' }];
  if (writable) return [];
  return [{ what: `${user} cannot write to ${path} (it belongs to ${owner})`, hint: 'make it theirs' }];
}

/** WAL that outlived the data of this cluster is welcome, and moved aside; any other is somebody's. */
function refusalsOfWal({ backup, where }: RestoreWish, { wal, walLink, walSystemId }: TargetSeen): Refusal[] {
  if (wal === null) return [];
  if (walLink !== null && walLink !== wal.path) {
    const what = `pg_wal of ${where} links to ${walLink}, not to ${wal.path}`;
    return [{ what, hint: `name that one: --wal-into ${walLink}` }];
  }
  if (wal.state !== 'full' || walLink === wal.path || walSystemId === backup.systemId) return [];
  const whose = walSystemId === null ? 'something that is no WAL' : `WAL of system identifier ${walSystemId}`;
  return [
    {
      what: `${wal.path} holds ${whose}; the backup is of ${backup.systemId}`,
      hint: 'name an empty directory with --wal-into DIR',
    },
  ];
}

function refusalsOfTablespace({ backup, places, tablespaces }: RestoreWish, seen: TargetSeen, at: number): Refusal[] {
  const { oid, from, to } = tablespaces[at] ?? { oid: '', from: '', to: '' };
  const name = backup.tablespaces.find(one => one.oid === oid)?.name ?? from;
  const elsewhere = `--tablespace ${from}=DIR puts it elsewhere`;
  const [cluster] = seen.tablespaces[at]?.clusters ?? [];
  const link = seen.spaceLinks.get(oid);
  // Of what is there, only what belongs to this very data directory may be written over: the rest is the source's, as a rule.
  const own = link === to || seen.marker?.tablespaces.some(one => one.oid === oid && one.location === to) === true;
  const hint = link === undefined ? elsewhere : `it has its own place: --tablespace ${from}=${link}`;
  return [
    ...(to.startsWith('/')
      ? []
      : [{ what: `"${to}" for tablespace ${name} is not an absolute path`, hint: '--tablespace OLD=NEW' }]),
    ...(to === places.data || to.startsWith(`${places.data}/`)
      ? [{ what: `tablespace ${name} would lie at ${to}, within the data directory`, hint: elsewhere }]
      : []),
    ...(tablespaces.slice(0, at).some(other => other.to === to)
      ? [{ what: `two tablespaces would lie at ${to}`, hint: elsewhere }]
      : []),
    ...(cluster !== undefined && !own
      ? [{ what: `${to}, where tablespace ${name} would lie, holds ${cluster} of another cluster`, hint }]
      : []),
  ];
}

function refusalsOfPrograms({ backup, places }: RestoreWish, { programs }: TargetSeen): Refusal[] {
  const version = parseVersion(backup.version);
  const found = programs === null ? undefined : parseVersion(programs);
  if (!found || !version || found.major === version.major) return [];
  return [
    {
      what: `the programs in ${places.bin ?? 'the path'} are PostgreSQL ${found.text}, and backup ${backup.id} is of ${backup.version}`,
      hint: `a cluster runs with its own major only: install PostgreSQL ${version.major} there, or name its programs with --bin DIR`,
    },
  ];
}
