// An empty cluster like the one that a logical backup is of: its locale and layout, configuration, roles and tablespaces.

import type { Dump, DumpLocale } from '../../look/dump.ts';
import { walDirectory } from '../../look/installation.ts';
import type { Look } from '../../look/look.ts';
import type { Op } from '../../ops.ts';
import type { NodeName } from '../../ports.ts';
import { initdb, type InitLocale } from '../../postgres/commands-client.ts';
import { conninfo } from '../../postgres/connection.ts';
import { quoteIdent } from '../../postgres/settings.ts';
import { commandLine } from '../../postgres/shell.ts';
import { checksumsByDefault, versionOf } from '../../postgres/version.ts';
import { newClusterScript } from './load-scripts.ts';
import { loadingConnection, loadingServer, serverArguments } from './loading.ts';
import { unfinishedOp } from './make-way.ts';
import { longest } from './put-aside.ts';
import { script } from './scripts.ts';
import { standbyNames } from './standby.ts';

export interface NewCluster {
  readonly on: NodeName;
  /** Directory of the backup. */
  readonly from: string;
  readonly dump: Dump;
}

export async function newClusterOp(look: Look, { on, from, dump }: NewCluster): Promise<Op> {
  const site = look.node(on);
  const create = initdb(loadingServer(site), {
    ...(site.postgres.wal !== undefined && { walDirectory: site.postgres.wal }),
    user: dump.bootstrapRole,
    encoding: dump.locale.encoding,
    locale: localeOf(dump.locale),
    walSegmentSize: dump.walSegmentSize / 1024 / 1024,
    ...checksumsOf(dump),
    groupAccess: dump.groupAccess,
    // Its pg_hba.conf gives way to the site's.
    auth: 'reject',
  });
  const argv = script(
    newClusterScript,
    'new-cluster',
    ...serverArguments(site, dump),
    site.postgres.wal === undefined ? '' : walDirectory(site),
    site.postgres.archive ?? '',
    dump.tablespaces.map(({ directory }) => directory).join('\n'),
    from,
    dump.dataDirectory,
    standbyNames,
    dump.bootstrapRole,
    quoteIdent(dump.bootstrapRole),
    conninfo(loadingConnection(site, dump, 'postgres')),
    ...create,
  );
  return {
    do: {
      op: 'exec',
      as: `${commandLine(create)}; configuration of ${dump.node}; psql -f ${from}/globals.sql`,
      tries: [{ argv, within: longest }],
    },
    on,
    within: longest,
    guard: ['postmaster'],
    system: null,
    done: [],
    alters: [],
    undo: [await unfinishedOp(look, on, dump)],
    why: `of globals.sql one error is expected: that the role ${dump.bootstrapRole} is there already`,
  };
}

const providers: Readonly<Record<DumpLocale['provider'], InitLocale['provider']>> = {
  c: undefined,
  i: 'icu',
  b: 'builtin',
};

function localeOf({ collate, ctype, provider, locale, icuRules }: DumpLocale): InitLocale {
  const own = providers[provider];
  return {
    collate,
    ctype,
    ...(own !== undefined && { provider: own }),
    ...(own !== undefined && locale !== null && { locale }),
    ...(icuRules !== null && { rules: icuRules }),
  };
}

/** Off is to be said only to an initdb that turns them on by itself, and that is at least as new as the backup. */
const checksumsOf = ({ checksums, version }: Dump): { readonly checksums?: boolean } =>
  checksums ? { checksums } : checksumsByDefault(versionOf(version)) ? { checksums } : {};
