// A real PostgreSQL of our own in a temporary directory: Unix socket beside it, a free port, no fsync.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, testUser } from './sshd.ts';
import { until } from './until.ts';

export const bin = process.env['LIFEBOAT_PG_BIN'] ?? '/usr/lib/postgresql/15/bin';

export interface TestServer {
  readonly data: string;
  readonly socket: string;
  readonly port: number;
  readonly log: string;
  start(): void;
  stop(mode?: 'fast' | 'immediate'): void;
  sql(text: string): string;
  /** The postmaster. */
  pid(): number;
  processes(): number[];
  signal(signal: NodeJS.Signals): void;
  /** Appends to postgresql.conf. */
  configure(lines: string): void;
  /** A base backup of it in another directory, made a standby that streams from it. */
  standby(directory: string): Promise<TestServer>;
  /** Ends all that is left of it. */
  destroy(): Promise<void>;
}

/** As the user that owns the server: PostgreSQL refuses root. */
export function asOwner(argv: readonly string[]): string {
  const [program = '', ...args] = argv;
  const { as } = testUser();
  return execFileSync(program, args, { ...as, cwd: '/', encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

export async function initServer(directory: string, initdb: readonly string[] = []): Promise<TestServer> {
  const data = join(directory, 'data');
  asOwner([`${bin}/initdb`, '-N', '-D', data, '-U', 'postgres', '-A', 'trust', '--no-locale', '-E', 'UTF8', ...initdb]);
  return server(directory, await freePort('127.0.0.1'), []);
}

function server(directory: string, port: number, more: readonly string[]): TestServer {
  const data = join(directory, 'data');
  const socket = join(directory, 's');
  const log = join(directory, 'log');
  asOwner(['mkdir', '-p', socket]);
  const configure = (lines: string): void =>
    writeFileSync(join(data, 'postgresql.conf'), `${readFileSync(join(data, 'postgresql.conf'), 'utf8')}\n${lines}\n`);
  configure(
    [
      `port = ${port}`,
      "listen_addresses = '127.0.0.1'",
      `unix_socket_directories = '${socket}'`,
      'fsync = off',
      'shared_buffers = 16MB',
      "log_line_prefix = '%m [%p] '",
      ...more,
    ].join('\n'),
  );
  const pid = (): number => Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  const processes = (): number[] =>
    readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .filter(name => {
        try {
          return readlinkSync(`/proc/${name}/cwd`).startsWith(data);
        } catch {
          return false;
        }
      })
      .map(Number);
  const self: TestServer = {
    data,
    socket,
    port,
    log,
    start: () => void asOwner([`${bin}/pg_ctl`, '-D', data, '-l', log, '-w', '-t', '30', 'start']),
    stop: (mode = 'fast') => void asOwner([`${bin}/pg_ctl`, '-D', data, '-m', mode, '-w', 'stop']),
    sql: text =>
      asOwner([`${bin}/psql`, '-XAtq', '-h', socket, '-p', String(port), '-U', 'postgres', '-c', text]).trim(),
    pid,
    processes,
    signal: signal => process.kill(pid(), signal),
    configure,
    async standby(other) {
      mkdirSync(other, { recursive: true });
      const { as } = testUser();
      if (as) spawnSync('chown', [`${as.uid}:${as.gid}`, other]);
      const from = ['-h', socket, '-p', String(port), '-U', 'postgres'];
      asOwner([`${bin}/pg_basebackup`, '-D', join(other, 'data'), '-N', '-X', 'stream', '-c', 'fast', ...from]);
      const made = server(other, await freePort('127.0.0.1'), [
        `primary_conninfo = 'host=${socket} port=${port} user=postgres application_name=standby'`,
      ]);
      asOwner(['touch', join(other, 'data/standby.signal')]);
      return made;
    },
    async destroy() {
      for (const each of processes()) {
        try {
          process.kill(each, 'SIGKILL');
        } catch {
          // It ended by itself.
        }
      }
      await until(() => processes().length === 0 || !existsSync(data), 'no process of the server is left');
    },
  };
  return self;
}
