// The command lines that dump databases and load them again, as argument lists.
import type { Argv, Installation } from './commands.ts';
import { conninfo } from './connection.ts';
import type { Connection } from './connection.ts';

type Programs = Pick<Installation, 'bin'>;

/** Roles with the hashes of their passwords, tablespaces, and what may be set by whom: what belongs to no database. `--file` is the caller's. */
export function pgDumpallGlobals({ bin }: Programs, from: Connection): Argv {
  return [`${bin}/pg_dumpall`, '-w', '--globals-only', '-d', conninfo({ dbname: 'postgres', ...from })];
}

export interface DumpOptions {
  /** Tables dumped side by side. Only the directory format can do that; with one the archive is a single file. */
  readonly jobs: number;
}

/** One database, large objects included. `--file` is the caller's. The name stands in a connection string: alone, one with a `=` in it would be read as one. */
export function pgDump({ bin }: Programs, database: string, from: Connection, { jobs }: DumpOptions): Argv {
  const format = jobs > 1 ? ['--format=directory', `--jobs=${String(jobs)}`] : ['--format=custom'];
  return [`${bin}/pg_dump`, '-w', ...format, '-d', conninfo({ ...from, dbname: database })];
}

export interface RestoreOptions {
  readonly archive: string;
  /** Tables and indexes made side by side. */
  readonly jobs: number;
}

/**
 * Drops the database that the archive is of, where it is there, makes it anew and fills it; ends at the first error.
 *
 * @param to another database than that one: nothing can be dropped by whoever is connected to it
 */
export function pgRestore({ bin }: Programs, to: Connection, { archive, jobs }: RestoreOptions): Argv {
  const how = ['--create', '--clean', '--if-exists', '--exit-on-error', `--jobs=${String(jobs)}`];
  return [`${bin}/pg_restore`, '-w', ...how, '-d', conninfo(to), archive];
}

/** The planner's statistics of all databases, which are in no archive. Options of its own, for `--all` asks each database by name. */
export function analyzeAll({ bin }: Programs, { host, port, user }: Connection, jobs: number): Argv {
  const at = ['-h', host, ...(port === undefined ? [] : ['-p', String(port)])];
  const as = user === undefined ? [] : ['-U', user];
  return [`${bin}/vacuumdb`, '-w', ...at, ...as, '--all', '--analyze-only', `--jobs=${String(jobs)}`];
}

/**
 * A file name for a database of any name, which may hold slashes, blanks and quotes, or begin with a dash: whatever is not a
 * letter of ASCII, a digit, `_`, `-` or `.` stands as `%` and two hexadecimal digits for each byte. Readable, and two names never
 * give one.
 */
export function archiveName(database: string): string {
  return [...Buffer.from(database)]
    .map((byte, at) => {
      const letter = String.fromCharCode(byte);
      const plain = at === 0 ? /\w/ : /[\w.-]/;
      return byte < 128 && plain.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
