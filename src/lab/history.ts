// What has been written in a lab and in which order, by PostgreSQL's own tools: kept before a recovery goes back behind some of it.

import { background } from '../drivers/process.ts';
import { Fault } from '../faults.ts';
import { type Lsn, parseLsn, showLsn } from '../postgres/lsn.ts';
import type { Lab } from './lab.ts';
import type { LabNode } from './layout.ts';
import type { Range } from './ledger.ts';
import { markOfLab } from './processes.ts';
import { endedBefore, readTransactionEnd, type RecoveryStop, type TransactionEnd } from './transaction-ends.ts';
import type { Writer } from './writer.ts';
import type { WrittenRow } from './writer-rows.ts';

export interface History {
  /** The rows of the writer, each with its transaction. */
  readonly rows: readonly WrittenRow[];
  /** In the order of the WAL. */
  readonly ends: readonly TransactionEnd[];
}

/** Of a running primary, from an LSN on that its `pg_wal` still has. */
export async function readHistory(lab: Lab, node: LabNode, writer: Writer, from: Lsn): Promise<History> {
  // In this order: what is seen has its commit in the WAL by then.
  const rows = await writer.rows(node.name);
  return { rows, ends: await transactionEnds(lab, node, from) };
}

/** The numbers of each session whose transactions ended before the stop. */
export function keptBy({ rows, ends }: History, stop: RecoveryStop): ReadonlyMap<string, readonly Range[]> {
  const kept = new Map<string, Range[]>();
  for (const { session, n } of endedBefore(rows, stop, ends)) {
    const ranges = kept.get(session) ?? [];
    const last = ranges.at(-1);
    if (last?.to === n - 1) ranges.splice(-1, 1, { from: last.from, to: n });
    else ranges.push({ from: n, to: n });
    kept.set(session, ranges);
  }
  return kept;
}

/** Those of a running primary, by pg_waldump, from an LSN up to what is flushed now. */
export async function transactionEnds(lab: Lab, node: LabNode, from: Lsn): Promise<TransactionEnd[]> {
  const [to = '', file = ''] = (
    await lab.psql(node.name, 'select pg_current_wal_flush_lsn(), pg_walfile_name(pg_current_wal_lsn())')
  ).split('|');
  const timeline = String(Number.parseInt(file.slice(0, 8), 16));
  const range = ['-p', node.wal, '-t', timeline, '-s', showLsn(from), '-e', to, '-r', 'Transaction'];
  const ends: TransactionEnd[] = [];
  const dump = background([`${lab.programs.bin}/pg_waldump`, ...range], {
    as: lab.user.as,
    env: { TZ: 'UTC', [markOfLab]: lab.directory },
    onLine: line => {
      const end = readTransactionEnd(line);
      if (end) ends.push(end);
    },
  });
  const { code, stderr, how } = await dump.ended;
  if (code === 0) return ends;
  throw new Fault('failed', `pg_waldump: ${stderr.trim() || how}`, { on: node.name });
}

/** Where a primary writes now. */
export async function writesAt(lab: Lab, node: LabNode): Promise<Lsn> {
  const said = await lab.psql(node.name, 'select pg_current_wal_insert_lsn()');
  const found = parseLsn(said);
  if (found !== undefined) return found;
  throw new Fault('failed', `"${said}" is no LSN`, { on: node.name });
}
