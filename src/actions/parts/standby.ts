// The ops that make a node a standby of a primary by its settings alone: stopped or running.

import type { Look } from '../../look/look.ts';
import type { Op } from '../../ops.ts';
import type { NodeName } from '../../ports.ts';
import { conninfo, type Connection } from '../../postgres/connection.ts';
import { fenceName } from '../../postgres/fence.ts';
import { recoverySettingNames, standbyFiles } from '../../postgres/recovery.ts';
import { quoteLiteral } from '../../postgres/settings.ts';
import { versionFromNumber } from '../../postgres/version.ts';
import type { Hole } from '../../runbook/book-types.ts';
import { seconds } from '../../time.ts';
import { script, standbyScript } from './scripts.ts';

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
export const standbyNames = [fenceName, ...recoverySettingNames].join('|');

/** The lines that take their place. */
export function standbyLines(pair: Pair): string {
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
export function standbyOp(pair: Pair): Op {
  const { look, on } = pair;
  return {
    do: {
      op: 'exec',
      as: `create ${look.node(on).postgres.data}/standby.signal; primary_conninfo = '${conninfo(upstream(pair))}' in postgresql.auto.conf`,
      tries: [
        {
          argv: script(standbyScript, 'standby', look.node(on).postgres.data, standbyNames, standbyLines(pair)),
          within: seconds(20),
        },
      ],
    },
    on,
    within: seconds(25),
    guard: ['postmaster'],
    done: [],
    alters: ['fence', 'upstream'],
    undo: 'free',
    why: 'recovery targets emptied; a fence is lifted in the same stroke',
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
