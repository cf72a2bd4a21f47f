// Whether pg_rewind can be used: what it needs of the node, of the WAL that is still there, and of the primary.

import type { NodeName } from '../ports.ts';
import type { Lsn } from '../postgres/lsn.ts';
import type { StepId } from '../runbook/book-types.ts';
import { valueOf } from './facts.ts';
import { walDirectory } from './installation.ts';
import type { Look } from './look.ts';

export type Rewindable =
  | { readonly is: 'can'; readonly fromArchive: boolean }
  | { readonly is: 'not'; readonly why: string }
  | { readonly is: 'later'; readonly after: StepId }
  | { readonly is: 'silent'; readonly why: string; readonly unreachable: boolean };

export interface RewindCase {
  readonly on: NodeName;
  readonly primary: NodeName;
  readonly timeline: number;
  readonly fork: Lsn;
}

/** Functions that a role without superuser rights must be allowed to call (manual, pg_rewind, Notes). */
export const rewindFunctions = [
  'pg_catalog.pg_ls_dir(text, boolean, boolean)',
  'pg_catalog.pg_stat_file(text, boolean)',
  'pg_catalog.pg_read_binary_file(text)',
  'pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean)',
] as const;

export async function whyNoRewind(look: Look, { on, primary, timeline, fork }: RewindCase): Promise<Rewindable> {
  const not = (why: string): Rewindable => ({ is: 'not', why });
  const control = valueOf(await look.control(on));
  if (!control) return not('pg_control cannot be read');
  if (control.checksumVersion === 0 && !control.walLogHints)
    return not(`neither data checksums nor wal_log_hints were on at ${on}`);
  const user = look.cluster.replication?.user;
  if (user === undefined) return not('the inventory names no replication user');
  const asked = await look.rows(primary, primarySql(user));
  if (asked.is === 'later') return asked;
  const [fullPageWrites, allowed, spaces] = valueOf(asked)?.[0] ?? [];
  if (fullPageWrites === undefined) return not(`${primary} does not say how it is set up`);
  if (fullPageWrites !== 'on') return not(`full_page_writes is off on ${primary}`);
  if (allowed !== 't')
    return not(
      `role ${user} may not read files on ${primary} (GRANT EXECUTE ON FUNCTION ${rewindFunctions.join(', ')} TO ${user})`,
    );
  const missing = await missingTablespaces(look, on, spaces ?? '');
  if (missing !== undefined) return not(missing);
  return walFor(look, on, timeline, fork);
}

/** A tablespace made after the fork would be linked to the primary's own path, whatever lies there on this host. */
async function missingTablespaces(look: Look, on: NodeName, spaces: string): Promise<string | undefined> {
  const { data } = look.node(on).postgres;
  for (const space of spaces === '' ? [] : spaces.split('\n')) {
    const [oid = '', name = ''] = space.split(' ');
    if (valueOf(await look.path(on, `${data}/pg_tblspc/${oid}`)) !== 'full')
      return `tablespace ${name} was made after the fork, and pg_rewind would put it where ${on} has no place for it`;
  }
  return undefined;
}

/** It goes back to the last checkpoint before the fork, and reads all WAL from there on. */
async function walFor(look: Look, on: NodeName, timeline: number, fork: Lsn): Promise<Rewindable> {
  const here = await look.checkpointBefore(on, walDirectory(look.node(on)), timeline, fork);
  if (here.is === 'later' || here.is === 'silent') return here;
  if (here.value !== null) return { is: 'can', fromArchive: false };
  const { archive } = look.node(on).postgres;
  const kept = archive === undefined ? undefined : await look.checkpointBefore(on, archive, timeline, fork);
  if (kept?.is === 'later') return kept;
  if (kept && valueOf(kept)) return { is: 'can', fromArchive: true };
  return {
    is: 'not',
    why: `the WAL from the last checkpoint before the fork on is no longer there${archive === undefined ? '' : `, nor in ${archive}`}`,
  };
}

const primarySql = (user: string): string => {
  const role = `'${user.replaceAll("'", "''")}'`;
  const may = rewindFunctions.map(one => `has_function_privilege(${role}, '${one}', 'execute')`).join(' and ');
  return `select current_setting('full_page_writes'), exists (select from pg_roles where rolname = ${role}) and ${may}, (select coalesce(string_agg(oid::text || ' ' || spcname, chr(10)), '') from pg_tablespace where oid > 16383)`;
};
