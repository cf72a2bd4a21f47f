// A real sshd of our own on a loopback address and a free port, with fresh keys; as root everything runs as the user postgres.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { SshTarget } from '../../src/runbook/inventory-types.ts';
import { until } from './until.ts';

export interface TestUser {
  readonly name: string;
  readonly as: { readonly uid: number; readonly gid: number } | undefined;
}

export function testUser(): TestUser {
  if (process.getuid?.() !== 0) return { name: userInfo().username, as: undefined };
  const [, , uid, gid] = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'))
    .find(([name]) => name === 'postgres')!;
  return { name: 'postgres', as: { uid: Number(uid), gid: Number(gid) } };
}

/** A directory that the test user owns and may enter. */
export function testDirectory(name: string): { readonly path: string; remove(): void } {
  const root = process.env['LIFEBOAT_TEST_ROOT'] ?? tmpdir();
  mkdirSync(root, { recursive: true });
  const path = mkdtempSync(join(root, `lb-${name}-`));
  const { as } = testUser();
  if (as) chownSync(path, as.uid, as.gid);
  chmodSync(path, 0o755);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface TestSshd {
  readonly target: SshTarget;
  readonly knownHosts: string;
  readonly hostKey: string;
  readonly clientKey: string;
  readonly pid: number;
  /** Pids of the processes that serve a connection each. */
  sessions(): number[];
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface SshdOptions {
  readonly directory: string;
  readonly hostKeyType?: 'ed25519' | 'ecdsa' | 'rsa';
  readonly config?: string;
}

/** Keys and known_hosts lie under `directory`, which must exist. */
export async function startSshd({ directory, hostKeyType = 'ed25519', config = '' }: SshdOptions): Promise<TestSshd> {
  const { name, as } = testUser();
  const home = join(directory, 'ssh');
  mkdirSync(home, { mode: 0o755 });
  const key = (file: string, type: string) =>
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', '', '-f', join(home, file)]);
  key('host_key', hostKeyType);
  key('client_key', 'ed25519');
  const host = `127.0.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  const port = await freePort(host);
  const hostKey = readFileSync(join(home, 'host_key.pub'), 'utf8').trim();
  const knownHosts = join(home, 'known_hosts');
  writeFileSync(knownHosts, `[${host}]:${port} ${hostKey}\n`);
  writeFileSync(join(home, 'authorized_keys'), readFileSync(join(home, 'client_key.pub')));
  if (as) for (const file of ['', 'host_key', 'authorized_keys']) chownSync(join(home, file), as.uid, as.gid);
  writeFileSync(
    join(home, 'sshd_config'),
    [
      `ListenAddress ${host}`,
      `Port ${port}`,
      `HostKey ${home}/host_key`,
      `AuthorizedKeysFile ${home}/authorized_keys`,
      `PidFile ${home}/sshd.pid`,
      'UsePAM no',
      'StrictModes no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'AllowStreamLocalForwarding yes',
      'PrintMotd no',
      'MaxStartups 100',
      config,
      '',
    ].join('\n'),
  );
  let pid = 0;
  const start = async () => {
    // Where we are root, sshd needs its separation directory even when it does not run as root itself.
    if (as && !existsSync('/run/sshd')) mkdirSync('/run/sshd', { mode: 0o755 });
    const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(home, 'sshd_config')], { ...as, stdio: 'ignore' });
    pid = child.pid!;
    await until(() => spawnSync('ssh-keyscan', ['-T', '1', '-p', String(port), host]).stdout.length > 0);
  };
  await start();
  const sessions = () => childrenOf(pid);
  return {
    target: { host, port, user: name, identity: join(home, 'client_key'), knownHosts, config: '/dev/null' },
    knownHosts,
    hostKey,
    clientKey: join(home, 'client_key'),
    get pid() {
      return pid;
    },
    sessions,
    start,
    async stop() {
      for (const process_ of [...sessions(), pid]) end(process_);
      await until(() => !isSshd(pid) || !existsSync(`/proc/${pid}/fd/0`), 'sshd has ended');
    },
  };
}

export async function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** The processes of sshd below the listener, not those of the commands it runs. */
function childrenOf(pid: number): number[] {
  const read = (file: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'utf8');
    } catch {
      return '';
    }
  };
  const below = read(`task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
  return below.filter(isSshd).flatMap(child => [child, ...childrenOf(child)]);
}

function isSshd(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'sshd';
  } catch {
    return false;
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
