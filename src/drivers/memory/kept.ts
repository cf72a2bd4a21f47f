// What the repository of a simulated cluster holds.

import type { Lsn } from '../../postgres/lsn.ts';

/** What lies in the repository; it outlives every process. */
export interface MemoryKept {
  readonly start: Lsn;
  readonly stop: Lsn;
  /** Where the WAL that is kept ends, by timeline. */
  readonly ends: Map<number, Lsn>;
  /** Where transactions ended. */
  readonly transactions: ReadonlyMap<number, Lsn>;
}
