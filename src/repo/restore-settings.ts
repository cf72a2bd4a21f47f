// The settings of a restored cluster: what recovery obeys, and what keeps the copy from touching its source. Pure.

import type { ControlFile } from '../postgres/control-file.ts';
import { limits } from '../postgres/control-file.ts';
import {
  recoveryFiles,
  type RecoveryOptions,
  recoverySettingNames,
  standbyFiles,
  type StandbyOptions,
} from '../postgres/recovery.ts';
import { parseSettings, settingLine } from '../postgres/settings.ts';
import { hasPromoteTriggerFile, type Version } from '../postgres/version.ts';
import { walFolder } from './restore-target.ts';

/** What the restored cluster becomes when it is started. */
export type Becomes =
  | ({ readonly is: 'recovered' } & Omit<RecoveryOptions, 'restoreCommand'>)
  /** `restoreCommand`: of the node, for WAL that comes after what is brought. */
  | ({ readonly is: 'standby' } & StandbyOptions);

export interface RestoredSettings {
  readonly signal: 'standby.signal' | 'recovery.signal';
  readonly lines: readonly string[];
  /** Of postgresql.auto.conf. */
  readonly text: string;
}

export interface Former {
  readonly version: Version;
  readonly control: ControlFile;
  /** Undefined where the backup has none: Debian keeps it in /etc. */
  readonly conf: string | undefined;
  readonly auto: string | undefined;
}

/** Begins each comment that we write, and finds those of a former restore. */
const ours = '# Lifeboat:';

export function restoredSettings(becomes: Becomes, former: Former, backup: string): RestoredSettings {
  const files =
    becomes.is === 'standby'
      ? standbyFiles({ ...becomes, restoreCommand: fetchCommand(becomes.restoreCommand) }, former.version)
      : recoveryFiles({ ...becomes, restoreCommand: fetchCommand(undefined) }, former.version);
  const lines = [
    ...files.settings,
    ...(becomes.is === 'standby' ? [] : [settingLine('primary_slot_name', '')]),
    ...inherited(becomes, former.version),
    ...limitLines(former),
    // As the limits: a server with WAL senders does not start with less (manual 20.5.1), and no backup was ever taken of one that ran with it.
    ...(walLevelIn(former) === 'minimal' ? [settingLine('wal_level', 'replica')] : []),
  ];
  const comment = [
    `${ours} restored from backup ${backup}`,
    ...(becomes.is === 'standby'
      ? []
      : [
          `${ours} it does not archive; to arm it: ALTER SYSTEM RESET archive_mode, see that archive_command is its own, restart`,
        ]),
  ];
  return { signal: files.signal, lines, text: autoConf(former.auto ?? '', comment, lines) };
}

/**
 * A copy that fails is not a file that is absent: 1 ends recovery there and then, and silently; above 125 the server stops (xlogarchive.c).
 * The path begins at the data directory, which is where the server runs it.
 */
export function fetchCommand(otherwise: string | undefined): string {
  const file = `"${walFolder}/%f"`;
  return `if [ -f ${file} ]; then cp ${file} "%p" || exit 255; else ${otherwise ?? 'exit 1'}; fi`;
}

/** What a base backup carries along of its source and would do harm here. */
function inherited(becomes: Becomes, version: Version): string[] {
  const set = (name: string, value: string): string => settingLine(name, value);
  const standby = [
    // Of a standby that lags on purpose.
    set('recovery_min_apply_delay', '0'),
    ...(hasPromoteTriggerFile(version) ? [set('promote_trigger_file', '')] : []),
  ];
  if (becomes.is === 'standby') return standby;
  return [
    ...standby,
    // It would remove files from the source's archive.
    set('archive_cleanup_command', ''),
    // What was brought has done its work when recovery is over.
    set('recovery_end_command', `rm -rf ${walFolder}`),
    // With hot_standby off, to pause means to shut down (manual 20.5.6).
    ...(becomes.action === 'pause' ? [set('hot_standby', 'on')] : []),
    set('archive_mode', 'off'),
    set('synchronous_standby_names', ''),
  ];
}

/** Only where the configuration that comes along has less, or cannot be known: recovery would pause, or not begin. */
function limitLines({ control, conf, auto }: Former): string[] {
  const said = { ...plain(conf), ...plain(auto) };
  return limits.flatMap(name => {
    const written = Number(said[name] ?? Number.NaN);
    return written >= control.limits[name] ? [] : [settingLine(name, String(control.limits[name]))];
  });
}

/** What the configuration in a backup says; undefined where it does not, or cannot be known. */
export const walLevelIn = ({ conf, auto }: Pick<Former, 'conf' | 'auto'>): string | undefined =>
  ({ ...plain(conf), ...plain(auto) })['wal_level'];

/** Files that it includes may say otherwise, so that it then counts as unknown. */
function plain(text: string | undefined): Record<string, string> {
  if (text === undefined || /^\s*include/m.test(text)) return {};
  return Object.fromEntries(parseSettings(text) ?? []);
}

function autoConf(former: string, comment: readonly string[], lines: readonly string[]): string {
  const names = new Set([...recoverySettingNames, ...lines.map(line => nameOf(line))]);
  const kept = former.split('\n').filter(line => !names.has(nameOf(line)) && !line.startsWith(ours));
  while (kept.at(-1) === '') kept.pop();
  return [...kept, ...comment, ...lines, ''].join('\n');
}

const nameOf = (line: string): string => /^\s*([A-Za-z_][\w$.]*)/.exec(line)?.[1]?.toLowerCase() ?? '';

/**
 * The server makes the links in pg_tblspc by this file when it finds a backup_label (xlogrecovery.c, read_tablespace_map): the links of
 * a restore to other places would be made to point back to the source's.
 */
export function tablespaceMap(tablespaces: readonly { readonly oid: string; readonly location: string }[]): string {
  return tablespaces
    .map(({ oid, location }) => `${oid} ${location.replaceAll(/[\\\n\r]/g, String.raw`\$&`)}\n`)
    .join('');
}

/** Every setting that a restored cluster may have been given above its own. */
export const restoredNames: readonly string[] = [
  ...recoverySettingNames,
  ...['recovery_min_apply_delay', 'promote_trigger_file', 'archive_cleanup_command', 'recovery_end_command'],
  ...['hot_standby', 'archive_mode', 'synchronous_standby_names'],
  ...limits,
];
