// The command lines that start, stop, promote and look at a server, as argument lists.
import { showLsn } from './lsn.ts';
import type { Lsn } from './lsn.ts';
import type { Timeline } from './timeline.ts';

/** A list of arguments, the program first. Nothing in it is for a shell to expand. */
export type Argv = readonly string[];

/** A server on its own host, as PostgreSQL's programs want to be told of it. Paths are absolute. */
export interface Installation {
  /** Where the programs of this server's version lie: `/usr/lib/postgresql/15/bin`. */
  readonly bin: string;
  readonly data: string;
  readonly port: number;
  /** The directory of its Unix socket. */
  readonly socketDir?: string;
  /**
   * Where `pg_ctl start` sends what the server prints before it opens its own log. Without it the server keeps the output of
   * whoever called pg_ctl, and a pipe there is not closed until the server ends.
   */
  readonly log?: string;
  /** Options for `postgres` itself, in one string as `pg_ctl -o` takes them: `-c config_file=/etc/postgresql/15/main/postgresql.conf`. */
  readonly options?: string;
}

/** Smart waits for clients to leave, fast ends their sessions, immediate leaves crash recovery for the next start (manual 18.5). */
export type StopMode = 'smart' | 'fast' | 'immediate';

/** Returns after `seconds` at the latest, with 0 also where recovery ends badly later: ask the server, not pg_ctl. */
export function pgCtlStart(at: Installation, seconds: number): Argv {
  return [...pgCtl(at), ...wait(seconds), ...output(at), 'start'];
}

/** Waits for the end up to `seconds`, which takes nothing back: a stop once asked for goes on. */
export function pgCtlStop(at: Installation, mode: StopMode, seconds: number): Argv {
  return [...pgCtl(at), '-m', mode, ...wait(seconds), 'stop'];
}

/** Stops (fast) and starts again. */
export function pgCtlRestart(at: Installation, seconds: number): Argv {
  return [...pgCtl(at), '-m', 'fast', ...wait(seconds), ...output(at), 'restart'];
}

/** Waits up to `seconds` for the end of recovery; a promotion that takes longer goes on. */
export function pgCtlPromote(at: Installation, seconds: number): Argv {
  return [...pgCtl(at), ...wait(seconds), 'promote'];
}

/** Exit 0: it runs, 3: it does not, 4: no such data directory. It can err both ways: a zombie runs, orphaned sessions do not. */
export function pgCtlStatus(at: Installation): Argv {
  return [...pgCtl(at), 'status'];
}

export function pgCtlReload(at: Installation): Argv {
  return [...pgCtl(at), 'reload'];
}

/** pg_isready as seen from the server's own host, through its socket where it has one. Gives up after `seconds` (0 would wait for ever). */
export function pgIsready(at: Installation, seconds: number): Argv {
  return isready(at.bin, at.socketDir ?? 'localhost', at.port, seconds);
}

/** pg_isready as seen from another host; `bin` is that host's. Database and user are never looked at (manual, pg_isready). */
export function pgIsreadyOf(bin: string, host: string, port: number, seconds: number): Argv {
  return isready(bin, host, port, seconds);
}

/** Call it with `LC_ALL=C`, for its labels are translated. The server may run or not. */
export function pgControldata(at: Pick<Installation, 'bin' | 'data'>): Argv {
  return [`${at.bin}/pg_controldata`, '-D', at.data];
}

/** Prints what a setting is as the next start makes it; the server may run or not. Exit 2 where there is no configuration. */
export function postgresSetting(at: Pick<Installation, 'bin' | 'data'>, name: string): Argv {
  return [`${at.bin}/postgres`, '-C', name, '-D', at.data];
}

export interface WalRange {
  /** The directory the segments lie in. */
  readonly path: string;
  readonly timeline: Timeline;
  readonly start: Lsn;
  readonly end?: Lsn;
}

/**
 * Prints each record from `start` on. Without `end` it goes to the end of WAL, where it says why it cannot read on and exits
 * with 1: the last record printed tells where WAL ends. `limit`: how many records at most.
 */
export function pgWaldump({ bin }: Pick<Installation, 'bin'>, range: WalRange, limit?: number): Argv {
  return [`${bin}/pg_waldump`, ...walRange(range), ...(limit === undefined ? [] : ['-n', String(limit)])];
}

/** Counts the records and bytes of a range by kind. */
export function pgWaldumpStats({ bin }: Pick<Installation, 'bin'>, range: WalRange): Argv {
  return [`${bin}/pg_waldump`, ...walRange(range), '-z'];
}

function pgCtl(at: Installation): Argv {
  return [`${at.bin}/pg_ctl`, '-D', at.data];
}

/** Whole seconds: pg_ctl takes no others, and 0 would end the wait before it began. */
function wait(seconds: number): Argv {
  return ['-w', '-t', String(Math.max(1, Math.ceil(seconds)))];
}

function output({ log, options }: Installation): Argv {
  return [...(log === undefined ? [] : ['-l', log]), ...(options === undefined ? [] : ['-o', options])];
}

function isready(bin: string, host: string, port: number, seconds: number): Argv {
  return [`${bin}/pg_isready`, '-h', host, '-p', String(port), '-t', String(Math.max(1, Math.ceil(seconds)))];
}

function walRange({ path, timeline, start, end }: WalRange): Argv {
  const range = ['-p', path, '-t', String(timeline), '-s', showLsn(start)];
  return end === undefined ? range : [...range, '-e', showLsn(end)];
}
