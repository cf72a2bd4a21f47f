// The configuration of a lab's servers, as text: what is alike on all nodes, and what is each node's own.

import { rewindFunctions } from '../look/rewind.ts';
import { conninfo } from '../postgres/connection.ts';
import { settingLine } from '../postgres/settings.ts';
import { showSynchronous } from '../postgres/synchronous.ts';
import {
  applicationUser,
  databaseUser,
  labFiles,
  replicationUser,
  type LabDescription,
  type LabNode,
} from './layout.ts';

/**
 * Appended to postgresql.conf, the same on every node, as where one server is a copy of the other: pg_basebackup and pg_rewind
 * carry it along. What is the node's own stands in a file beside the disks, included by a path that means the right file wherever the copy lies.
 */
export function commonSettings(lab: LabDescription): string {
  const settings: Record<string, string> = {
    wal_level: 'replica',
    hot_standby: 'on',
    archive_mode: 'on',
    max_wal_senders: '10',
    max_replication_slots: '10',
    // A standby that was away for a while finds its WAL without a slot, which would pin it for ever once the standby is gone.
    wal_keep_size: '512MB',
    // The standby knocks again soon while its primary comes up; the default is 5 s.
    wal_retrieve_retry_interval: '500ms',
    // In files below the data directory: what a killed server leaves in /dev/shm would outlive the lab.
    dynamic_shared_memory_type: 'mmap',
    // A lab kills processes and never the machine, so the kernel's cache is as good as a disk; with it on, labs side by side
    // spend their time in each other's fsyncs (a drill of 20 s took 70 s).
    fsync: 'off',
    log_line_prefix: '%m [%p] ',
    logging_collector: 'off',
    log_timezone: 'UTC',
    timezone: 'UTC',
    ...lab.settings,
  };
  return [
    '',
    ...Object.entries(settings).map(([name, value]) => settingLine(name, value)),
    "include '../../node.conf'",
    '',
  ].join('\n');
}

/** node.conf: addresses, and the archive commands of the site's document, with this node's own paths. */
export function nodeSettings(lab: LabDescription, node: LabNode, others: readonly LabNode[]): string {
  const settings: Record<string, string> = {
    listen_addresses: node.address,
    port: String(node.port),
    unix_socket_directories: node.socket,
    unix_socket_permissions: '0700',
    // Also the application_name of its WAL receiver (12 and later), which synchronous_standby_names below goes by.
    cluster_name: node.name,
    archive_command: `test ! -f ${node.archive}/%f && cp %p ${node.archive}/%f`,
    restore_command: `cp ${node.archive}/%f "%p"`,
    // On every node, so that it binds whoever is promoted: with its partner gone each commit then hangs, as it does to real people.
    ...(lab.synchronous && {
      synchronous_standby_names: showSynchronous({ method: 'any', number: 1, names: others.map(({ name }) => name) }),
    }),
  };
  return `${Object.entries(settings)
    .map(([name, value]) => settingLine(name, value))
    .join('\n')}\n`;
}

/** postgresql.auto.conf of a standby, as `pg_basebackup -R` writes it. */
export function standbySettings(lab: LabDescription, from: LabNode): string {
  const passfile = labFiles(lab.directory).passfile;
  return `${settingLine('primary_conninfo', upstream(from, passfile))}\n`;
}

const upstream = (primary: LabNode, passfile: string): string =>
  conninfo({ host: primary.address, port: primary.port, user: replicationUser, passfile, connect_timeout: 5 });

/** The socket lies in a directory closed to all but the servers' user; every other way in asks for a password. */
export const hostAccess = `# who may connect
local all         all                trust
local replication all                trust
host  all         all    127.0.0.0/8 scram-sha-256
host  replication ${replicationUser} 127.0.0.0/8 scram-sha-256
`;

/** What every lab has in its database from the beginning; fed to a server in single-user mode, a statement a line. */
export function firstStatements(passwords: Record<'superuser' | 'replication' | 'application', string>): string {
  return [
    // pg_hba.conf asks for SCRAM, and 13 would still make MD5 of the passwords.
    "set password_encryption = 'scram-sha-256'",
    `alter role ${databaseUser} password '${passwords.superuser}'`,
    // A seed may have all of this already.
    orThere(`create role ${replicationUser}`),
    `alter role ${replicationUser} login replication password '${passwords.replication}'`,
    // What pg_rewind needs where its role is no superuser (manual, pg_rewind, Notes).
    ...rewindFunctions.map(one => `grant execute on function ${one} to ${replicationUser}`),
    orThere(`create role ${applicationUser}`),
    `alter role ${applicationUser} login password '${passwords.application}'`,
    // pgbench makes its tables there, which 15 and later leave to the owner of the database.
    `grant create on schema public to ${applicationUser}`,
    `create schema if not exists lifeboat_drill authorization ${applicationUser}`,
    `create table if not exists lifeboat_drill.ledger (session text, n bigint, at timestamptz not null default clock_timestamp(), primary key (session, n))`,
    `alter table lifeboat_drill.ledger owner to ${applicationUser}`,
    `create table if not exists lifeboat_drill."loop" (n bigint generated always as identity, at timestamptz not null default clock_timestamp())`,
    `alter table lifeboat_drill."loop" owner to ${applicationUser}`,
  ]
    .map(one => `${one};\n`)
    .join('');
}

const orThere = (create: string): string => `do $$ begin ${create}; exception when duplicate_object then null; end $$`;
