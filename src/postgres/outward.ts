// The settings of a server that reach outside of it, or mean things that only its own machine has: a copy must not have them. Pure.

import type { Limit } from './control-file.ts';
import { limits } from './control-file.ts';
import { parseSettings } from './settings.ts';

/** A setting that a copy does not get. Without its value, for some hold passwords. */
export interface SwitchedOff {
  readonly name: string;
  /** What it would have done, as in "primary_conninfo asks another server". */
  readonly why: string;
}

export interface CopySettings {
  /** For the copy's postgresql.conf. */
  readonly kept: Readonly<Record<string, string>>;
  readonly off: readonly SwitchedOff[];
}

/** What in the databases of a copy would go to other servers, by name: `database: name`. */
export interface Outsiders {
  /** No worker runs for them; the copy has none at all. */
  readonly subscriptions: readonly string[];
  /** Nobody can use them any more: their user mappings are gone. */
  readonly foreignServers: readonly string[];
}

/** What each would do; the first that fits counts. */
const outward: readonly (readonly [RegExp, string])[] = [
  [/^(archive_command|archive_library)$/, 'writes into the archive'],
  [/^restore_command$/, 'reads from the archive'],
  [/^(archive_cleanup_command|recovery_end_command)$/, 'runs a command of the source'],
  [/^(primary_conninfo|primary_slot_name|sync_replication_slots)$/, 'asks another server'],
  [/^(synchronous_standby_names|synchronized_standby_slots)$/, 'waits for servers that the copy does not have'],
  [/^(shared|session|local)_preload_libraries$/, 'loads code that may do anything: jobs, connections, listeners'],
  [/^(jit_provider|oauth_validator_libraries|dynamic_library_path|extension_control_path)$/, 'loads code of its own'],
  [/\./, 'belongs to a library that is not loaded'],
  [/^(listen_addresses|bonjour(_name)?)$/, 'is where clients find the source'],
  [/^(ssl|ssl_\w+|krb_\w+|gss_\w+)$/, 'names keys of the source'],
  [/^include(_if_exists|_dir)?$/, 'names files that are in no backup'],
  [
    /^(log_destination|logging_collector|log_directory|log_filename|syslog_\w+|event_source)$/,
    'writes a log elsewhere',
  ],
];

/** A copy has its own of these, or needs none. */
const own =
  /^(port|cluster_name|unix_socket_\w+|data_directory|hba_file|ident_file|config_file|external_pid_file|stats_temp_directory|archive_mode|archive_timeout|hot_standby|log_line_prefix|log_file_mode|log_rotation_\w+|log_truncate_on_rotation|huge_pages|huge_page_size|shared_memory_type|dynamic_shared_memory_type|recovery_target(_\w+)?|recovery_min_apply_delay|promote_trigger_file)$/;

/** Blocks that fit: a copy on a small machine has not the memory of its source. */
const memory = 'shared_buffers';

/**
 * What of a server's configuration a copy of it on another machine may have: what decides how it works and how fast, but for what reaches outside.
 *
 * @param texts postgresql.conf and postgresql.auto.conf, which wins; undefined: not in the backup
 * @param least what pg_control asks of a server that replays its WAL, whatever the files say
 * @param most bytes that `shared_buffers` may be
 */
export function copySettings(
  texts: { readonly conf: string | undefined; readonly auto: string | undefined },
  least: Readonly<Record<Limit, number>>,
  most: number,
): CopySettings {
  const kept: Record<string, string> = {};
  const off: SwitchedOff[] = [];
  for (const [name, value] of written(texts)) {
    const why = reachOf(name) ?? tooLarge(name, value, most);
    if (why !== undefined) off.push({ name, why });
    else kept[name] = value;
  }
  for (const name of limits) kept[name] = String(Math.max(least[name], Number(kept[name] ?? 0) || 0));
  // Subscriptions come along in the catalogue: without workers nobody asks their publishers (launcher.c, ApplyLauncherRegister).
  return { kept: { ...kept, max_logical_replication_workers: '0' }, off };
}

/** Undefined where it stays within the server. */
const reachOf = (name: string): string | undefined => outward.find(([names]) => names.test(name))?.[1];

/** Set to nothing it does nothing. */
const idle = new Set(['', 'off', 'false', 'no', '0', 'stderr', 'localhost']);

const tooLarge = (name: string, value: string, most: number): string | undefined =>
  name === memory && !(bufferBytes(value) <= most) ? 'is more memory than a copy gets here' : undefined;

/** Without a unit it counts blocks of 8 kB. NaN where it cannot be read. */
function bufferBytes(value: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB)?$/.exec(value) ?? [];
  const power = ['B', 'kB', 'MB', 'GB', 'TB'].indexOf(unit);
  return digits === '' ? Number.NaN : Number(digits) * (unit === '' ? 8192 : 1024 ** power);
}

/** A file that cannot be read is left out whole: the server would not have started with it. */
function written({ conf, auto }: { readonly conf: string | undefined; readonly auto: string | undefined }) {
  const both = [conf, auto].flatMap(text => [...(parseSettings(text ?? '') ?? [])]);
  return [...new Map(both)]
    .filter(([name, value]) => !own.test(name) && !(reachOf(name) !== undefined && idle.has(value)))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
