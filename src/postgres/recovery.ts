// The settings and the signal file that make a data directory a standby, or recover it to a target.
import { conninfo } from './connection.ts';
import type { Connection } from './connection.ts';
import { showLsn } from './lsn.ts';
import type { Lsn } from './lsn.ts';
import { doublePercent, settingLine } from './settings.ts';
import type { Timeline } from './timeline.ts';
import { usesSignalFiles } from './version.ts';
import type { Version } from './version.ts';

/** Where recovery ends (manual 20.5.6). At most one of these may be set, or the server does not start. */
export type RecoveryTarget =
  | { readonly time: string; readonly inclusive?: boolean }
  | { readonly xid: string; readonly inclusive?: boolean }
  | { readonly lsn: Lsn; readonly inclusive?: boolean }
  | { readonly name: string }
  | { readonly immediate: true }
  | { readonly latest: true };

export interface StandbyOptions {
  /** Absent for a fence: a server that starts read-only and follows nobody. */
  readonly primary?: Connection;
  readonly slot?: string;
  readonly restoreCommand?: string;
}

export interface RecoveryOptions {
  readonly target: RecoveryTarget;
  /** A number, always: with the default `latest` a second attempt follows the first one's timeline and silently gives wrong data. */
  readonly timeline: Timeline | 'latest';
  readonly restoreCommand: string;
  /** What the server does at the target; its own default is `pause`, and with `hot_standby = off` it stops. */
  readonly action: 'promote' | 'pause' | 'shutdown';
}

/** What to write into a data directory before it is started. */
export interface RecoveryFiles {
  /** An empty file of this name. */
  readonly signal: 'standby.signal' | 'recovery.signal';
  /** Lines for the configuration, in the file that is read last. */
  readonly settings: readonly string[];
}

/**
 * Every setting that recovery obeys. A base backup carries them along: a `recovery_target_*` left in it makes a new standby
 * promote itself at the next commit, so each is written here, empty where it does not apply, and wins over a copied one.
 */
const targets = [
  'recovery_target',
  'recovery_target_time',
  'recovery_target_xid',
  'recovery_target_lsn',
  'recovery_target_name',
];

/** Every setting written below, for whoever clears the former ones away first. */
export const recoverySettingNames = [
  'primary_conninfo',
  'primary_slot_name',
  'restore_command',
  'recovery_target_timeline',
  'recovery_target_inclusive',
  'recovery_target_action',
  ...targets,
];

/** A standby's files: streaming from `primary`, the archive where one is named, always on to the latest timeline. */
export function standbyFiles(options: StandbyOptions, version: Version): RecoveryFiles {
  supportsSignalFiles(version);
  return {
    signal: 'standby.signal',
    settings: [
      settingLine('primary_conninfo', options.primary === undefined ? '' : conninfo(options.primary)),
      settingLine('primary_slot_name', options.slot ?? ''),
      ...(options.restoreCommand === undefined
        ? []
        : [settingLine('restore_command', doublePercent(options.restoreCommand))]),
      settingLine('recovery_target_timeline', 'latest'),
      ...targets.map(name => settingLine(name, '')),
    ],
  };
}

/** The files of a recovery from the archive to a target. */
export function recoveryFiles(options: RecoveryOptions, version: Version): RecoveryFiles {
  supportsSignalFiles(version);
  const set = targetSetting(options.target);
  return {
    signal: 'recovery.signal',
    settings: [
      settingLine('primary_conninfo', ''),
      settingLine('restore_command', doublePercent(options.restoreCommand)),
      settingLine('recovery_target_timeline', String(options.timeline)),
      // The one that is set comes last: an empty one behind it counts as a second target, and the server does not start (13 to 17).
      ...targets.filter(name => name !== set?.name).map(name => settingLine(name, '')),
      ...(set === undefined ? [] : [settingLine(set.name, set.value)]),
      settingLine('recovery_target_inclusive', set?.inclusive === false ? 'off' : 'on'),
      settingLine('recovery_target_action', options.action),
    ],
  };
}

/** Undefined for the end of the WAL, which is what a server without a target goes to. */
export function targetSetting(
  target: RecoveryTarget,
): { readonly name: string; readonly value: string; readonly inclusive?: boolean } | undefined {
  const inclusive = 'inclusive' in target ? { inclusive: target.inclusive } : {};
  if ('time' in target) return { name: 'recovery_target_time', value: target.time, ...inclusive };
  if ('xid' in target) return { name: 'recovery_target_xid', value: target.xid, ...inclusive };
  if ('lsn' in target) return { name: 'recovery_target_lsn', value: showLsn(target.lsn), ...inclusive };
  if ('name' in target) return { name: 'recovery_target_name', value: target.name };
  return 'immediate' in target ? { name: 'recovery_target', value: 'immediate' } : undefined;
}

function supportsSignalFiles(version: Version): void {
  if (!usesSignalFiles(version))
    throw new RangeError(`PostgreSQL ${version.text} takes recovery settings from recovery.conf`);
}
