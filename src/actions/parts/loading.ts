// How a server runs while a logical backup is loaded into it: reachable by nobody else, and writing no more WAL than it must.

import { installation } from '../../look/installation.ts';
import type { Installation } from '../../postgres/commands.ts';
import type { Dump } from '../../look/dump.ts';
import type { Connection } from '../../postgres/connection.ts';
import { quote } from '../../postgres/shell.ts';
import type { NodeSite } from '../../runbook/inventory-types.ts';
import { loadScript } from './load-scripts.ts';
import { script } from './scripts.ts';

/** Where a new cluster lies until it is whole: no service manager and no operator starts what is half loaded there, nor does a reboot. */
export const loadingPath = (data: string): string => `${data}.loading`;

export function loadingServer(site: NodeSite): Installation {
  const at = installation(site);
  return { ...at, data: loadingPath(at.data) };
}

/** Beside the socket of the site, whose path is short enough: one has at most 107 bytes. */
const socketOf = ({ postgres }: NodeSite): string => `${postgres.socket}/.load-${String(postgres.port)}`;

/** As the superuser that initdb made: nobody else is there in the beginning. */
export const loadingConnection = (site: NodeSite, { bootstrapRole }: Dump, dbname: string): Connection => ({
  host: socketOf(site),
  port: site.postgres.port,
  user: bootstrapRole,
  dbname,
});

/** The first arguments of the scripts that load: programs, data directory, socket, options for postgres as one shell text. */
export function serverArguments(site: NodeSite, dump: Dump): readonly [string, string, string, string] {
  const { bin, data } = loadingServer(site);
  const settings = loadingSettings(site, dump).flatMap(one => ['-c', quote(one)]);
  return [bin, data, socketOf(site), settings.join(' ')];
}

function loadingSettings(site: NodeSite, { configFile, dataDirectory, version }: Dump): string[] {
  const socket = socketOf(site);
  return [
    // Where the configuration lies elsewhere (Debian), the one that initdb makes knows nothing of the site.
    ...(configFile.startsWith(`${dataDirectory}/`) ? [] : [`config_file=${configFile}`]),
    `data_directory=${loadingPath(site.postgres.data)}`,
    'listen_addresses=',
    `unix_socket_directories=${socket}`,
    `port=${String(site.postgres.port)}`,
    // The socket's directory is closed to all others; pg_hba.conf of the site could ask for a password that nobody has here.
    `hba_file=${socket}/pg_hba.conf`,
    'ssl=off',
    'logging_collector=off',
    'log_destination=stderr',
    // Errors of psql carry the word for their severity in this language.
    'lc_messages=C',
    // A table made and filled in one transaction then writes no WAL (manual 14.4.7); there is no standby yet that could miss it.
    'wal_level=minimal',
    'max_wal_senders=0',
    'archive_mode=off',
    // It does not go with so little WAL, and the server would not start (17 and later).
    ...(version >= 170_000 ? ['summarize_wal=off'] : []),
    // Each commit would wait for a standby that has yet to be rebuilt.
    'synchronous_standby_names=',
    'default_transaction_read_only=off',
    'autovacuum=off',
  ];
}

/** A program while that server runs. */
export const whileServing = (site: NodeSite, dump: Dump, argv: readonly string[]): readonly string[] =>
  script(loadScript, 'load', ...serverArguments(site, dump), ...argv);
