// A transaction that was found in WAL, and what it did.

import type { Lsn } from '../postgres/lsn.ts';
import type { Timeline } from '../postgres/timeline.ts';
import type { Instant } from '../time.ts';
import type { StorageChanges } from './storage.ts';
import type { RowCounts } from './tally.ts';

/** What is done to the rows of a table, one by one. */
export const rowOperations = ['delete', 'update', 'insert'] as const;
export const operations = ['truncate', 'drop', ...rowOperations] as const;
export type Operation = (typeof operations)[number];

export interface FoundTransaction extends StorageChanges {
  readonly xid: number;
  /** It was prepared, and another session may have committed it. */
  readonly prepared: boolean;
  readonly subtransactions: number;
  readonly time: Instant;
  readonly lsn: Lsn;
  readonly end: Lsn;
  readonly timeline: Timeline;
  /** The timeline to give to a restore; null where the newest one leads there. */
  readonly branch: Timeline | null;
  /** Oid of the database; null where nothing says it. */
  readonly database: number | null;
  /** WAL records, its commit among them. */
  readonly records: number;
  /** Of tables of users; what was truncated or dropped has none here. */
  readonly rows: readonly RowCounts[];
  /** Databases that were dropped: `before` this place all of one is still there, which at the commit it is not. */
  readonly databases: readonly { readonly oid: number; readonly before: Lsn }[];
  /** Commits behind it on the same way, as far as WAL is kept. */
  readonly later: number;
}

/** Whether the transaction did something of the kind. */
export function did(one: FoundTransaction, operation: Operation): boolean {
  if (operation === 'truncate') return one.truncated.length > 0;
  if (operation === 'drop') return one.dropped.length + one.databases.length > 0;
  return one.rows.some(counts => counts[operation] > 0);
}
