// The backups of a cluster, as data.

import type { Backup } from '../repo/backup.ts';
import type { Proof } from '../repo/proof.ts';
import type { Reach } from '../repo/reach.ts';

export interface BackupsFound {
  readonly cluster: string;
  /** Where they lie. */
  readonly repository: string;
  /** Oldest first. */
  readonly backups: readonly BackupRow[];
  /** Those whose summary cannot be read, and why. */
  readonly damaged: readonly { readonly id: string; readonly why: string }[];
}

export interface BackupRow {
  readonly backup: Backup;
  /** How far it can be replayed; null where its own WAL is not kept. */
  readonly reaches: Reach | null;
  /** Never expires until it is released. */
  readonly kept: boolean;
  /** When it was last proven to be what was put there; null: never. */
  readonly proof: Proof | null;
}
