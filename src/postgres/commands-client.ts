// The command lines that make a cluster and talk to it: initdb, psql, pgbench, as argument lists.
import type { Argv, Installation } from './commands.ts';
import { conninfo } from './connection.ts';
import type { Connection } from './connection.ts';

type Programs = Pick<Installation, 'bin'>;

export interface InitOptions {
  readonly walDirectory?: string;
  readonly encoding?: string;
  /** Megabytes: a power of two from 1 to 1024. */
  readonly walSegmentSize?: number;
  readonly checksums?: boolean;
  /** The authentication written into pg_hba.conf for this host's sockets: `trust`, `peer`, `scram-sha-256`. */
  readonly auth?: string;
  readonly user?: string;
  /** Leaves out fsync: for throw-away clusters only. */
  readonly noSync?: boolean;
}

/** Locale C, so that server and programs speak English in the log. */
export function initdb({ bin, data }: Pick<Installation, 'bin' | 'data'>, options: InitOptions = {}): Argv {
  return [
    `${bin}/initdb`,
    '-D',
    data,
    ...(options.walDirectory === undefined ? [] : ['-X', options.walDirectory]),
    ...(options.user === undefined ? [] : ['-U', options.user]),
    `--encoding=${options.encoding ?? 'UTF8'}`,
    '--no-locale',
    ...(options.walSegmentSize === undefined ? [] : [`--wal-segsize=${String(options.walSegmentSize)}`]),
    ...(options.checksums === true ? ['--data-checksums'] : []),
    ...(options.auth === undefined ? [] : ['-A', options.auth]),
    ...(options.noSync === true ? ['-N'] : []),
  ];
}

/** The connection from the server's own host, through its socket. */
export function localConnection(at: Installation, dbname = 'postgres'): Connection {
  return { host: at.socketDir ?? 'localhost', port: at.port, dbname };
}

/**
 * One answer, unaligned and without headings, ending at the first error; no start-up file is read and no password asked for.
 * `sql` is one of the arguments, so it must hold no secret.
 */
export function psql({ bin }: Programs, to: Connection, sql: string): Argv {
  return [`${bin}/psql`, '-XAtqw', '-v', 'ON_ERROR_STOP=1', '-d', conninfo({ dbname: 'postgres', ...to }), '-c', sql];
}

/** Makes pgbench's tables, `scale` × 100,000 accounts. */
export function pgbenchInit({ bin }: Programs, to: Connection, scale: number): Argv {
  return [`${bin}/pgbench`, '-i', '-q', '-s', String(scale), conninfo({ dbname: 'postgres', ...to })];
}

/** Runs pgbench's own load for `seconds` with that many clients. */
export function pgbenchRun({ bin }: Programs, to: Connection, seconds: number, clients: number): Argv {
  const argv = [`${bin}/pgbench`, '-n', '-T', String(seconds), '-c', String(clients), '-j', '1'];
  return [...argv, conninfo({ dbname: 'postgres', ...to })];
}
