// The command lines that make a cluster and talk to it: initdb, psql, pgbench, as argument lists.
import type { Argv, Installation } from './commands.ts';
import { conninfo } from './connection.ts';
import type { Connection } from './connection.ts';

type Programs = Pick<Installation, 'bin'>;

/** What a cluster sorts and compares text by. */
export interface InitLocale {
  readonly collate: string;
  readonly ctype: string;
  /** `libc` where absent; the others came with 15 (icu) and 17 (builtin). */
  readonly provider?: 'icu' | 'builtin';
  /** The provider's own locale: `de-DE`, `C.UTF-8`. */
  readonly locale?: string;
  /** Of icu (16 and later). */
  readonly rules?: string;
}

export interface InitOptions {
  readonly walDirectory?: string;
  readonly encoding?: string;
  /** C where absent. */
  readonly locale?: InitLocale;
  /** Megabytes: a power of two from 1 to 1024. */
  readonly walSegmentSize?: number;
  /** False turns them off where initdb turns them on by itself (18 and later): say so there only, for older ones do not know the option. */
  readonly checksums?: boolean;
  /** The group of the data directory may read it: 0750. */
  readonly groupAccess?: boolean;
  /** The authentication written into pg_hba.conf for this host's sockets: `trust`, `peer`, `scram-sha-256`. */
  readonly auth?: string;
  readonly user?: string;
  /** Leaves out fsync: for throw-away clusters only. */
  readonly noSync?: boolean;
}

/** Messages in English, so that the log can be read. */
export function initdb({ bin, data }: Pick<Installation, 'bin' | 'data'>, options: InitOptions = {}): Argv {
  return [
    `${bin}/initdb`,
    '-D',
    data,
    ...(options.walDirectory === undefined ? [] : ['-X', options.walDirectory]),
    ...(options.user === undefined ? [] : ['-U', options.user]),
    `--encoding=${options.encoding ?? 'UTF8'}`,
    '--no-locale',
    ...(options.locale === undefined ? [] : localeOptions(options.locale)),
    ...(options.walSegmentSize === undefined ? [] : [`--wal-segsize=${String(options.walSegmentSize)}`]),
    ...(options.checksums === undefined ? [] : [options.checksums ? '--data-checksums' : '--no-data-checksums']),
    ...(options.groupAccess === true ? ['--allow-group-access'] : []),
    ...(options.auth === undefined ? [] : ['-A', options.auth]),
    ...(options.noSync === true ? ['-N'] : []),
  ];
}

/** These win over `--no-locale`, which is left to say what language the messages have. */
function localeOptions({ collate, ctype, provider, locale, rules }: InitLocale): Argv {
  return [
    `--lc-collate=${collate}`,
    `--lc-ctype=${ctype}`,
    ...(provider === undefined ? [] : [`--locale-provider=${provider}`]),
    ...(locale === undefined ? [] : [`--${provider ?? 'icu'}-locale=${locale}`]),
    ...(rules === undefined ? [] : [`--icu-rules=${rules}`]),
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
