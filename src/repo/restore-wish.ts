// What a restore is asked to do, and one reason why it would not be done.

import type { Timeline } from '../postgres/timeline.ts';
import type { Backup } from './backup.ts';
import type { Becomes } from './restore-settings.ts';
import type { Places } from './restore-target.ts';

/** The WAL that recovery is given: all of it is brought beforehand. */
export interface WalToBring {
  /** In the order of the way. `partial`: it is unfinished, the last one of its timeline; given at full size under its real name. */
  readonly segments: readonly { readonly name: string; readonly partial: boolean }[];
  /** Whose history files the server will ask for. */
  readonly histories: readonly Timeline[];
}

export interface RestoreWish {
  readonly backup: Backup;
  readonly places: Places;
  /** Of each tablespace of the backup where it was, and where it shall be. */
  readonly tablespaces: readonly { readonly oid: string; readonly from: string; readonly to: string }[];
  readonly wal: WalToBring;
  readonly becomes: Becomes;
  /** Where the target is, for messages and hints: `/x`, `node2:/x`. */
  readonly where: string;
}

export interface Refusal {
  readonly what: string;
  readonly hint: string;
}
