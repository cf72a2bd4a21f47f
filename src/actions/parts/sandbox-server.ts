// How the server of a sandbox runs: reachable by nobody else, with nothing of its source's configuration, and only while a script does.

import { installation } from '../../look/installation.ts';
import { pinned } from '../../look/table-rows.ts';
import type { Connection } from '../../postgres/connection.ts';
import { settingLine } from '../../postgres/settings.ts';
import { quote } from '../../postgres/shell.ts';
import type { NodeSite } from '../../runbook/inventory-types.ts';

/** Beside the socket of the site, whose path is short enough: one has at most 107 bytes. */
const socketOf = ({ postgres }: NodeSite): string => `${postgres.socket}/.sandbox-${String(postgres.port)}`;

/** No TCP: the number is a part of the socket's name, and in nobody's way. */
export const sandboxConnection = (site: NodeSite, dbname: string): Connection => ({
  host: socketOf(site),
  port: site.postgres.port,
  user: site.postgres.user,
  dbname,
  // Event triggers of the source would run with whatever they do.
  options: `${pinned} -c session_replication_role=replica`,
});

/** The first arguments of its scripts: programs, data directory, socket, options for postgres. */
export const sandboxArguments = (site: NodeSite, data: string): readonly [string, string, string, string] => [
  installation(site).bin,
  data,
  socketOf(site),
  `-c ${quote(`unix_socket_directories=${socketOf(site)}`)}`,
];

/**
 * All of postgresql.conf: nothing of the source's, which could archive, load libraries, ask other servers or take the memory of the
 * one that works beside it. Whoever starts it by hand gets the same.
 *
 * @param recovery what it needs to come to its target, the least that its WAL asks for included
 */
export function sandboxSettings(site: NodeSite, recovery: readonly string[]): string {
  const { postgres } = site;
  const own = {
    listen_addresses: '',
    unix_socket_directories: socketOf(site),
    port: String(postgres.port),
    // The socket's directory is closed to all others; pg_hba.conf of the site could ask for a password that nobody has here.
    hba_file: `${socketOf(site)}/pg_hba.conf`,
    cluster_name: 'lifeboat sandbox',
    lc_messages: 'C',
    // Whoever can connect finds it at its target, and promoted.
    hot_standby: 'off',
    archive_mode: 'off',
    autovacuum: 'off',
    // Subscriptions came along with the data, and would ask their publishers.
    max_logical_replication_workers: '0',
  };
  return [...Object.entries(own).map(([name, value]) => settingLine(name, value)), ...recovery].join('\n');
}
