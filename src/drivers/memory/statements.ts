// The SQL that Lifeboat sends, and what a simulated server makes of it.

import type { Answered } from '../../ports.ts';
import { lsn } from '../../postgres/lsn.ts';
import { restoreCommandReloads, versionOf } from '../../postgres/version.ts';
import type { Instant } from '../../time.ts';
import { endOfWal, type MemoryNode } from './node.ts';
import { databases } from './logical.ts';
import { preflight } from './preflight.ts';
import { hasCopy } from './rescue.ts';
import { answers } from './survey.ts';
import { segmentSize } from './wal.ts';

export const rows = (...values: (readonly string[])[]): Answered => ({
  is: 'rows',
  rows: values,
  columns: ['value'],
  notices: [],
});
export const failed = (sqlstate: string, message: string): Answered => ({ is: 'error', sqlstate, message });

/** Answers of the test's own to queries of a book. */
export type OwnAnswers = (node: MemoryNode, text: string) => Answered | undefined;

export function query(node: MemoryNode, text: string, own: OwnAnswers): Answered {
  if (!answers(node)) return failed('08001', 'connection to server on socket failed');
  const given = own(node, text);
  if (given) return given;
  if (text.includes("name = 'wal_segment_size'")) return rows([String(segmentSize)]);
  if (text.includes("current_setting('log_min_messages')"))
    return rows([node.settings.get('log_min_messages') ?? 'warning', node.settings.get('log_destination') ?? 'stderr']);
  if (text.includes("current_setting('full_page_writes')")) return rows(['on', 't', '']);
  if (text.includes('pg_tablespace_location')) return rows();
  if (text.includes('datallowconn')) return rows(...databases.map(name => [name]));
  if (text.includes('from pg_database where datname')) return rows(['1']);
  if (text.includes('to_regclass')) return rows([hasCopy(node) ? 't' : 'f']);
  if (text.includes('puballtables')) return rows();
  const slot = /slot_type = 'physical' and slot_name = '(\w+)'/.exec(text)?.[1];
  if (slot !== undefined) return node.files.has(slotFile(node, slot)) ? rows(['reserved']) : rows();
  const xid = /pg_xact_status\('(\d+)'/.exec(text)?.[1];
  if (xid !== undefined) return rows([node.transactions.get(xid) ?? 'too old']);
  return preflight(node, text) ?? failed('42601', `syntax error at or near "${text}"`);
}

/** Whether a statement takes a transaction id, so that its fate can be asked for later. */
export const isTransaction = (text: string): boolean => text.includes('pg_logical_emit_message(true');

/** Carries the statement out. */
export function execute(node: MemoryNode, text: string, now: Instant, own: OwnAnswers): Answered {
  if (!answers(node)) return failed('57P01', 'terminating connection due to administrator command');
  const set = /^ALTER SYSTEM SET (\w+) = (.*)$/s.exec(text);
  if (set) {
    node.written.set(set[1] ?? '', literal(set[2] ?? ''));
    return rows();
  }
  const reset = /^ALTER SYSTEM RESET (\w+)$/.exec(text)?.[1];
  if (reset !== undefined) {
    node.written.set(reset, node.configured.get(reset) ?? '');
    return rows();
  }
  if (text === 'SELECT pg_reload_conf()') return reload(node, now);
  if (text === 'CHECKPOINT') {
    if (node.role === 'primary') node.controlTimeline = node.timeline;
    return rows();
  }
  if (isTransaction(text)) {
    if (node.role !== 'primary') return failed('25006', 'cannot execute pg_logical_emit_message() during recovery');
    const wal = node.wal.get(node.timeline);
    if (wal) wal.end = lsn(endOfWal(node) + 96n);
    return rows(['0/0']);
  }
  const slot = /^SELECT pg_create_physical_replication_slot\('(\w+)'/.exec(text)?.[1];
  if (slot !== undefined) {
    node.files.set(slotFile(node, slot), { text: '' });
    return rows(['']);
  }
  return own(node, text) ?? failed('42601', `syntax error at or near "${text}"`);
}

const slotFile = (node: MemoryNode, slot: string): string => `${node.site.postgres.data}/pg_replslot/${slot}/state`;

function reload(node: MemoryNode, now: Instant): Answered {
  const pid = node.server?.pid ?? 0;
  node.log.write(now, pid, 'received SIGHUP, reloading configuration files');
  for (const [name, value] of node.written) {
    if (node.settings.get(name) === value) continue;
    if (name === 'restore_command' && !restoreCommandReloads(versionOf(node.version))) {
      node.log.write(now, pid, `parameter "${name}" cannot be changed without restarting the server`);
      continue;
    }
    node.settings.set(name, value);
    node.log.write(now, pid, `parameter "${name}" changed to "${value}"`);
  }
  return rows(['t']);
}

/** A literal as quoteLiteral() writes it. */
function literal(text: string): string {
  const body = /^E?'(.*)'$/s.exec(text)?.[1] ?? '';
  return (text.startsWith('E') ? body.replaceAll('\\\\', '\\') : body).replaceAll("''", "'");
}
