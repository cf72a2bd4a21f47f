// The ops that make a node a standby of a primary: its settings, its start, a rewind, a new base backup.

import { posix } from 'node:path';
import { installation, walDirectory } from '../../look/installation.ts';
import type { Look } from '../../look/look.ts';
import { halfPath, rewindingPath } from '../../look/way-back.ts';
import type { Op, Text } from '../../ops.ts';
import type { NodeName } from '../../ports.ts';
import { pgBasebackup, pgRewind } from '../../postgres/commands-copy.ts';
import { conninfo, type Connection } from '../../postgres/connection.ts';
import { fenceName } from '../../postgres/fence.ts';
import { recoverySettingNames, standbyFiles } from '../../postgres/recovery.ts';
import { doublePercent, quoteLiteral } from '../../postgres/settings.ts';
import { commandLine } from '../../postgres/shell.ts';
import { versionFromNumber } from '../../postgres/version.ts';
import type { Check, Hole } from '../../runbook/book-types.ts';
import type { NodeSite } from '../../runbook/inventory-types.ts';
import { seconds } from '../../time.ts';
import {
  baseBackupScript,
  demotedScript,
  keepWalScript,
  primaryScript,
  rewindScript,
  script,
  standbyScript,
} from './scripts.ts';

/** A node and the primary that it shall follow. */
export interface Pair {
  readonly look: Look;
  readonly on: NodeName;
  readonly primary: NodeName;
  /** server_version_num, as far as it is known. */
  readonly version: number | undefined;
  /** System identifier of the primary. */
  readonly system: string | Hole;
}

/** Copying and rewinding a large cluster takes hours; nothing else of it tells how long. */
const longest = seconds(24 * 3600);

/** How a node connects to the primary; passwords lie in the passfile of the node. */
export function upstream({ look, on, primary }: Pick<Pair, 'look' | 'on' | 'primary'>): Connection {
  const { postgres } = look.node(primary);
  const secret = look.cluster.replication?.secret;
  // libpq does not expand ~, and looks into ~/.pgpass by itself.
  const passfile = secret && 'passfile' in secret && secret.passfile.startsWith('/') ? secret.passfile : undefined;
  return {
    host: postgres.host,
    port: postgres.port,
    user: look.cluster.replication?.user ?? 'postgres',
    application_name: on,
    connect_timeout: 5,
    ...(passfile !== undefined && { passfile }),
  };
}

/** Replication slots have lower-case letters, digits and underscores (manual 26.2.6.1). */
export const slotOf = (on: NodeName): string => on.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_');

/** Everything that recovery obeys, and the fence: what is not written anew must go. */
const names = [fenceName, ...recoverySettingNames].join('|');

function lines(pair: Pair): string {
  const { look, on, version } = pair;
  const { restoreCommand } = look.node(on).postgres;
  const files = standbyFiles(
    {
      primary: upstream(pair),
      ...(look.cluster.replication?.slots === true && { slot: slotOf(on) }),
      ...(restoreCommand !== undefined && { restoreCommand }),
    },
    versionFromNumber(version ?? 150000) ?? { major: 15, minor: 0, text: '15' },
  );
  return files.settings.join('\n');
}

/** standby.signal and the settings, the fence lifted in the same stroke. */
export function standbyOp(pair: Pair, system?: Op['system'], text = standbyScript): Op {
  const { look, on } = pair;
  return {
    do: {
      op: 'exec',
      as: `create ${look.node(on).postgres.data}/standby.signal; primary_conninfo = '${conninfo(upstream(pair))}' in postgresql.auto.conf`,
      tries: [
        {
          argv: script(text, 'standby', look.node(on).postgres.data, names, lines(pair)),
          within: seconds(20),
        },
      ],
    },
    on,
    within: seconds(25),
    guard: ['postmaster'],
    ...(system !== undefined && { system }),
    done: [],
    alters: ['fence', 'upstream'],
    undo: 'free',
    why: 'recovery targets emptied; a fence is lifted in the same stroke',
  };
}

/** The same for a server that has just stepped down; taken back, it can be started as the primary again. */
export function madeStandbyOp(pair: Pair): Op {
  const { look, on } = pair;
  const argv = script(primaryScript, 'unmake-standby', look.node(on).postgres.data, names);
  return {
    ...standbyOp(pair, undefined, demotedScript),
    undo: [
      {
        do: {
          op: 'exec',
          as: `remove ${look.node(on).postgres.data}/standby.signal`,
          tries: [{ argv, within: seconds(20) }],
        },
        on,
        within: seconds(25),
        guard: [],
        done: [],
        undo: 'free',
      },
    ],
  };
}

/** A standby that runs is told of another primary. */
export function repointOps(pair: Pair): Op[] {
  const { look, on } = pair;
  const slot = look.cluster.replication?.slots === true ? slotOf(on) : '';
  const set = (name: string, value: string): { text: string } => ({
    text: `ALTER SYSTEM SET ${name} = ${quoteLiteral(value)}`,
  });
  return [
    {
      do: {
        op: 'sql',
        session: true,
        statements: [
          set('primary_conninfo', conninfo(upstream(pair))),
          set('primary_slot_name', slot),
          set('recovery_target_timeline', 'latest'),
          { text: 'SELECT pg_reload_conf()' },
        ],
      },
      on,
      within: seconds(10),
      guard: ['role', 'postmaster'],
      done: [],
      alters: ['upstream', 'streaming', 'timeline', 'received', 'replayed', 'lastTransaction'],
      undo: 'free',
    },
  ];
}

/** A slot of the standby's own on the primary, where the inventory wants them. */
export function slotOps({ look, on, primary }: Pair): Op[] {
  if (look.cluster.replication?.slots !== true) return [];
  const slot = quoteLiteral(slotOf(on));
  return [
    {
      do: {
        op: 'sql',
        session: true,
        statements: [
          {
            text: `SELECT pg_create_physical_replication_slot(${slot}, true) WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = ${slot})`,
          },
        ],
      },
      on: primary,
      within: seconds(10),
      guard: ['role'],
      done: [{ check: 'slot', on: primary, with: { name: slotOf(on) } }],
      alters: [],
      undo: 'free',
      why: `WAL is kept for ${on} from now on`,
    },
  ];
}

/** pg_control of a primary shows its new timeline only after a checkpoint, and pg_rewind believes pg_control. */
export const checkpointOp = (on: NodeName): Op => ({
  do: { op: 'sql', session: true, statements: [{ text: 'CHECKPOINT' }] },
  on,
  within: seconds(600),
  guard: ['role'],
  done: [],
  alters: [],
  undo: 'free',
});

/** WAL that no other node has is copied aside before anything overwrites it. */
export function keepWalOp({ look, on }: Pair, first: Text<Hole>, aside: string): Op {
  const site = look.node(on);
  const words = (from: string): string => `copy ${walDirectory(site)}/* from ${from} on to ${aside}/diverged-wal`;
  return {
    do: {
      op: 'exec',
      as: typeof first === 'string' ? words(first) : { hole: words(first.hole), after: first.after },
      tries: [
        {
          argv: script<Hole>(keepWalScript, 'keep-wal', walDirectory(site), `${aside}/diverged-wal`, first),
          within: seconds(600),
        },
      ],
    },
    on,
    within: seconds(605),
    guard: ['postmaster'],
    done: [],
    alters: [],
    undo: 'free',
    why: 'what only this node has is kept',
  };
}

/** While it is rewound the directory stands where nothing starts it. */
export function rewindOps(pair: Pair): Op[] {
  const { look, on } = pair;
  const { data, bin, archive } = look.node(on).postgres;
  const aside = rewindingPath(data);
  const restore = archive === undefined ? '' : doublePercent(`cp ${archive}/%f "%p"`);
  const from = { ...upstream(pair), dbname: look.node(pair.primary).postgres.database };
  const rewind = { from, restoreTargetWal: restore !== '', progress: true };
  return [
    moveOp(on, data, aside),
    {
      do: {
        op: 'exec',
        as: commandLine(pgRewind({ bin, data: aside }, rewind)),
        tries: [
          {
            argv: script(rewindScript, 'rewind', aside, bin, names, lines(pair), conninfo(from), restore),
            within: longest,
          },
        ],
      },
      on,
      within: longest,
      guard: ['postmaster'],
      system: null,
      done: [],
      undo: 'never',
      why: 'after a dry run of its own; then its former configuration, and the settings of a standby',
    },
    { ...moveOp(on, aside, data, path(on, halfPath(data), 'absent')), system: null, undo: 'free' },
  ];
}

/** Data and WAL are moved aside, and a new base backup takes their place. */
export function rebuildOps(pair: Pair, { moves, kept, spaces }: Moved): Op[] {
  const { look, on } = pair;
  const site = look.node(on);
  const { data, wal } = site.postgres;
  const copy = pgBasebackup(installation(site), {
    into: data,
    from: upstream(pair),
    wal: 'stream',
    checkpoint: 'fast',
    label: `lifeboat: rebuild of ${on}`,
    progress: true,
    tablespaces: spaces.filter(([there, here]) => there !== here),
    ...(wal !== undefined && { walDirectory: wal }),
    ...(look.cluster.replication?.slots === true && { slot: slotOf(on) }),
  });
  return [
    ...moves.map(([from, to], at) => ({ ...moveOp(on, from, to), ...(at > 0 && { system: null }) })),
    {
      do: {
        op: 'exec',
        as: commandLine(copy),
        tries: [
          {
            argv: script(baseBackupScript, 'base-backup', data, walDirectory(site), kept, names, lines(pair), ...copy),
            within: longest,
          },
        ],
      },
      on,
      within: longest,
      guard: ['postmaster'],
      system: null,
      done: [],
      undo: [{ ...moveOp(on, data, `${kept}-unfinished`), undo: 'free' }],
      why: 'then its former configuration, and the settings of a standby',
    },
  ];
}

/** What of a node goes where before a copy takes its place, and where tablespaces lie on it. */
export interface Moved {
  readonly moves: readonly (readonly [from: string, to: string])[];
  /** Where the data directory, with the node's own configuration, lies afterwards. */
  readonly kept: string;
  readonly spaces: readonly (readonly [there: string, here: string])[];
}

const path = (on: NodeName, at: string, ...is: string[]): Check => ({ check: 'path', on, with: { path: at, is } });

function moveOp(on: NodeName, from: string, to: string, ...also: readonly Check[]): Op {
  const move = (a: string, b: string): Omit<Op, 'undo'> => ({
    do: { op: 'move', from: a, to: b },
    on,
    within: seconds(3600),
    guard: ['postmaster'],
    done: [path(on, a, 'absent'), path(on, b, 'full')],
    alters: ['systemId', 'timeline', 'version'],
  });
  const there = move(from, to);
  return { ...there, done: [...there.done, ...also], undo: [{ ...move(to, from), system: null, undo: 'free' }] };
}

/** Where a node's broken data go today: `/disk4/broken/20261121`. */
export function brokenDirectory(site: NodeSite, started: string): string {
  const { broken, data } = site.postgres;
  return `${broken ?? `${posix.dirname(data)}/broken`}/${started.slice(0, 10).replaceAll('-', '')}`;
}
