// What a simulated server in good health answers to the questions that come before a switchover.

import type { Answered } from '../../ports.ts';
import type { MemoryNode } from './node.ts';

type Rows = readonly (readonly string[])[];

/** Settings that a server has where neither its configuration nor a test says otherwise. */
const usual: Readonly<Record<string, string>> = {
  wal_level: 'replica',
  hot_standby: 'on',
  max_connections: '100',
  max_worker_processes: '8',
  max_wal_senders: '10',
  max_replication_slots: '10',
  max_prepared_transactions: '0',
  max_locks_per_transaction: '64',
  archive_mode: 'off',
  archive_command: '',
  archive_library: '',
};

export const setting = (node: MemoryNode, name: string): string => node.settings.get(name) ?? usual[name] ?? '';

/** By a word that stands in one of these queries and in no other; the first that fits. */
const answersTo: readonly (readonly [about: RegExp, answer: (node: MemoryNode, text: string) => Rows])[] = [
  [
    /recovery_target/,
    node =>
      [...node.settings]
        .filter(([name, is]) => /^recovery_target(_time|_xid|_lsn|_name)?$/.test(name) && is !== '')
        .map(([name, is]) => [`${name} = ${is}`]),
  ],
  [
    /sourcefile/,
    (node, text) => [...node.configured].flatMap(([name, is]) => (text.includes(`'${name}'`) ? [[is]] : [])),
  ],
  [/pg_file_settings/, node => Object.keys(usual).map(name => [name, setting(node, name), setting(node, name)])],
  [
    /pg_stat_archiver/,
    node => [
      ['archive_mode', 'archive_command', 'archive_library'].map(name => setting(node, name)).concat('', '', ''),
    ],
  ],
  [/pg_stat_progress_basebackup/, () => []],
  [/xact_start/, () => []],
  [/max_wal_senders/, node => [[setting(node, 'max_wal_senders'), '0', setting(node, 'max_replication_slots'), '0']]],
  [/from pg_replication_slots/, () => []],
];

export function preflight(node: MemoryNode, text: string): Answered | undefined {
  const found = answersTo.find(([about]) => about.test(text));
  return found && { is: 'rows', rows: found[1](node, text), columns: [], notices: [] };
}
