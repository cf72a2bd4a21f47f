// The command lines that copy, rewind and check data directories and receive WAL, as argument lists.
import type { Argv, Installation } from './commands.ts';
import { conninfo } from './connection.ts';
import type { Connection } from './connection.ts';
import { showLsn } from './lsn.ts';
import type { Lsn } from './lsn.ts';

type Programs = Pick<Installation, 'bin'>;

export interface BaseBackupOptions {
  /** Where to copy to: a directory, or with `format: 'tar'` the place of the archives. */
  readonly into: string;
  readonly from: Connection;
  /** `stream` needs a second connection and no archive; `none` leaves the WAL to the archive. */
  readonly wal: 'stream' | 'fetch' | 'none';
  readonly checkpoint: 'fast' | 'spread';
  /** A directory for `pg_wal` outside the copy; pg_basebackup puts the link. */
  readonly walDirectory?: string;
  readonly slot?: string;
  readonly createSlot?: boolean;
  readonly label?: string;
  readonly format?: 'plain' | 'tar';
  readonly gzip?: boolean;
  /** `[old, new]` for each tablespace that must lie elsewhere. */
  readonly tablespaces?: readonly (readonly [string, string])[];
  /** A rate such as `32M`. */
  readonly maxRate?: string;
  readonly progress?: boolean;
}

/** Never asks for a password (`-w`): without a passfile entry it fails at once instead of waiting for a terminal. */
export function pgBasebackup({ bin }: Programs, options: BaseBackupOptions): Argv {
  const argv = [`${bin}/pg_basebackup`, '-w', '-d', conninfo(options.from), '-D', options.into];
  if (options.format === 'tar') argv.push('-F', 't', ...(options.gzip === true ? ['-z'] : []));
  argv.push('-X', options.wal, '-c', options.checkpoint);
  if (options.walDirectory !== undefined) argv.push(`--waldir=${options.walDirectory}`);
  if (options.slot !== undefined) argv.push('-S', options.slot, ...(options.createSlot === true ? ['-C'] : []));
  if (options.label !== undefined) argv.push('-l', options.label);
  for (const [old, moved] of options.tablespaces ?? []) argv.push('-T', `${escapeEquals(old)}=${escapeEquals(moved)}`);
  if (options.maxRate !== undefined) argv.push('-r', options.maxRate);
  return options.progress === true ? [...argv, '-P'] : argv;
}

export interface RewindOptions {
  readonly from: Connection;
  readonly dryRun?: boolean;
  /** Lets it fetch WAL it needs with the target's own restore_command. */
  readonly restoreTargetWal?: boolean;
  /** postgresql.conf outside the data directory (15 and later). */
  readonly configFile?: string;
  readonly progress?: boolean;
}

/**
 * Makes the stopped server `at` a copy of the source again. It replaces postgresql.conf by the source's and deletes
 * standby.signal, so what keeps the directory from starting as a primary must be put back at once (seen on 15).
 */
export function pgRewind(at: Pick<Installation, 'bin' | 'data'>, options: RewindOptions): Argv {
  return [
    `${at.bin}/pg_rewind`,
    '-D',
    at.data,
    `--source-server=${conninfo(options.from)}`,
    ...(options.restoreTargetWal === true ? ['-c'] : []),
    ...(options.configFile === undefined ? [] : [`--config-file=${options.configFile}`]),
    ...(options.dryRun === true ? ['-n'] : []),
    ...(options.progress === true ? ['-P'] : []),
  ];
}

export interface VerifyOptions {
  /** WAL that lies elsewhere; `none` does not look at WAL. */
  readonly wal?: string;
  /** Files to leave out, relative: a restored directory has settings of its own. */
  readonly ignore?: readonly string[];
}

/** Run it before settings and signal files are written, or name those in `ignore`; it fails on any other file than the backup's. */
export function pgVerifybackup({ bin }: Programs, directory: string, { wal, ignore = [] }: VerifyOptions = {}): Argv {
  const walOption = wal === undefined ? [] : wal === 'none' ? ['-n'] : ['-w', wal];
  return [`${bin}/pg_verifybackup`, ...walOption, ...ignore.flatMap(file => ['-i', file]), directory];
}

/** Checks the tables and B-tree indexes of all databases (14 and later; see `hasAmcheck`). It creates the extension where it is missing. */
export function pgAmcheck({ bin }: Programs, of: Connection, jobs = 1): Argv {
  const { dbname = 'postgres', ...rest } = of;
  const argv = [`${bin}/pg_amcheck`, '-w', '--install-missing', '--heapallindexed', '-j', String(jobs), '--all'];
  return [...argv, `--maintenance-db=${conninfo({ ...rest, dbname })}`];
}

export interface ReceiveOptions {
  readonly from: Connection;
  readonly into: string;
  readonly slot?: string;
  /** Fsync and report at each piece, as a synchronous standby must. */
  readonly synchronous?: boolean;
  /** Ends once WAL up to this position comes in (not where the directory holds later WAL already), or when the connection fails; without it, it connects again for ever. */
  readonly end?: Lsn;
}

export function pgReceivewal({ bin }: Programs, { from, into, slot, synchronous, end }: ReceiveOptions): Argv {
  return [
    `${bin}/pg_receivewal`,
    '-w',
    '-d',
    conninfo(from),
    '-D',
    into,
    ...(slot === undefined ? [] : ['-S', slot]),
    ...(synchronous === true ? ['--synchronous'] : []),
    ...(end === undefined ? [] : ['-n', '-E', showLsn(end)]),
  ];
}

/** In a tablespace mapping an equals sign that belongs to a path is written `\=` (manual, pg_basebackup). */
function escapeEquals(path: string): string {
  return path.replaceAll('=', String.raw`\=`);
}
