// What every shell must do, over SSH and on this machine: one suite for both.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '../../src/drivers/exec.ts';
import { localShell } from '../../src/drivers/local.ts';
import { isNoSocket, type Shell } from '../../src/drivers/shell.ts';
import { sshShell } from '../../src/drivers/ssh.ts';
import { bytes, ms, seconds } from '../../src/time.ts';
import { type TestSshd, freePort, startSshd, testDirectory } from '../support/sshd.ts';
import { until } from '../support/until.ts';

const directory = testDirectory('shell');
let sshd: TestSshd;
beforeAll(async () => {
  sshd = await startSshd({ directory: directory.path });
});
afterAll(async () => {
  await sshd.stop();
  directory.remove();
});

const within = seconds(5);
const shells: Record<string, () => Shell> = { local: () => localShell(), ssh: () => sshShell(sshd.target) };

describe.each(Object.entries(shells))('%s', (_, make) => {
  let shell: Shell;
  beforeAll(() => {
    shell = make();
  });
  afterAll(() => shell.close());
  const run = (script: string, args: string[] = [], options = {}) =>
    exec(shell, { script, args }, { within, ...options });
  const ended = async (script: string, args: string[] = [], options = {}) => {
    const done = await run(script, args, options);
    if (done.is !== 'ended') throw new Error(JSON.stringify(done));
    return { code: done.code, stdout: done.stdout.toString(), stderr: done.stderr.toString() };
  };

  it('gives code, stdout and stderr', async () => {
    expect(await ended('echo out; echo err >&2; exit 3')).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  it('passes arguments as they are', async () => {
    const args = ['', 'a b', "it's", '"$HOME"', '`id`', 'a\nb', '*', '\\', 'ö', '-n', '!'];
    const { stdout } = await ended(`printf '<%s>' "$@"`, args);
    expect(stdout).toBe(args.map(arg => `<${arg}>`).join(''));
  });

  it('feeds stdin to its end', async () => {
    const stdin = 'x'.repeat(300_000);
    expect((await ended('wc -c', [], { stdin })).stdout.trim()).toBe('300000');
    expect((await ended('cat; echo done')).stdout).toBe('done\n');
  });

  it('does not mind a process that ends without reading', async () => {
    expect((await ended('exit 4', [], { stdin: 'x'.repeat(1_000_000) })).code).toBe(4);
  });

  it('says which signal ended a process', async () => {
    expect((await ended('kill -9 $$')).code).toBe(137);
  });

  it('cuts the middle out of long output, and keeps it whole on disk', async () => {
    const keep = join(directory.path, 'whole');
    const { stdout } = await ended('echo first; head -c 3000000 /dev/zero | tr "\\0" x; echo; echo last', [], { keep });
    expect(stdout).toMatch(/^first\nx+\n\[1\.9 MB of output left out here\]\nx+\nlast\n$/);
    expect(stdout.length).toBeLessThan(1024 * 1024 + 100);
    expect(readFileSync(keep).length).toBe(3_000_012);
    rmSync(keep);
  });

  it('tells output while it comes', async () => {
    const told: string[] = [];
    const file = join(directory.path, 'go');
    const done = run('echo one; until [ -e "$1" ]; do sleep 0.02; done; echo two', [file], {
      onStdout: (piece: Buffer) => told.push(piece.toString()),
    });
    await until(() => told.includes('one\n'));
    writeFileSync(file, '');
    await done;
    expect(told).toEqual(['one\n', 'two\n']);
    rmSync(file);
  });

  it('ends at the deadline', async () => {
    const started = performance.now();
    const done = await run('exec sleep 5', [], { within: ms(200) });
    expect(done).toEqual({ is: 'late', why: 'no end within 200 ms' });
    expect(performance.now() - started).toBeLessThan(1500);
  });

  it.each([false, true])('leaves what is late to its end where it is asked to (tidy: %s)', async tidy => {
    const [go, gone] = [join(directory.path, 'late-go'), join(directory.path, 'late-gone')];
    const script = '(until [ -e "$1" ]; do sleep 0.02; done; echo done >"$2") & wait $!; echo nobody hears it';
    const done = exec(shell, { script, args: [go, gone], tidy }, { within: ms(200), late: 'leave' });
    expect(await done).toEqual({ is: 'late', why: 'no end within 200 ms' });
    expect(await ended('echo on')).toMatchObject({ stdout: 'on\n' });
    writeFileSync(go, '');
    await until(() => existsSync(gone) && readFileSync(gone, 'utf8') === 'done\n');
    for (const file of [go, gone]) rmSync(file);
  });

  it('runs forty at once', async () => {
    const codes = await Promise.all(Array.from({ length: 40 }, async (_, i) => (await ended(`exit ${i}`)).code));
    expect(codes).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });

  it('keeps a cap of its own where one is given', async () => {
    const { stdout } = await ended('head -c 100 /dev/zero | tr "\\0" x', [], { cap: bytes(20) });
    expect(stdout).toBe(`${'x'.repeat(10)}\n[80 B of output left out here]\n${'x'.repeat(10)}`);
  });

  it('opens TCP and says where nobody listens', async () => {
    const server = createServer(socket => socket.end('hello'));
    const port = await freePort('127.0.0.1');
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
    const open = await shell.openTcp('127.0.0.1', port, within);
    if (isNoSocket(open)) throw new Error(open.no);
    expect(await text(open)).toBe('hello');
    await new Promise(resolve => server.close(resolve));
    expect(await shell.openTcp('127.0.0.1', port, within)).toHaveProperty('no');
  });

  it('opens Unix sockets and says where there is none', async () => {
    const path = join(directory.path, 'socket');
    const server = createServer(socket => socket.end('hello'));
    await new Promise<void>(resolve => server.listen({ path, writableAll: true }, resolve));
    const open = await shell.openSocket(path, within);
    if (isNoSocket(open)) throw new Error(open.no);
    expect(await text(open)).toBe('hello');
    await new Promise(resolve => server.close(resolve));
    expect(await shell.openSocket(path, within)).toHaveProperty('no');
  });

  it('has a host key that stays', async () => {
    expect(await shell.hostKey(within)).toBe(await shell.hostKey(within));
  });
});

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  let all = '';
  for await (const piece of stream) all += piece.toString();
  return all;
}

describe('over ssh only', () => {
  const shell = () => sshShell(sshd.target);
  const go = { script: 'echo hello', args: [] };

  it('shows the fingerprint that ssh-keygen shows', async () => {
    const ssh = shell();
    const shown = execFileSync('ssh-keygen', ['-lf', join(directory.path, 'ssh/host_key.pub')]).toString();
    expect(shown.split(' ')[1]).toBe(await ssh.hostKey(within));
    await ssh.close();
  });

  it('says that the connection broke in mid-command, and connects again', async () => {
    const ssh = shell();
    const started = new Promise<void>(resolve => {
      void exec(ssh, { script: 'echo on; sleep 3', args: [] }, { within, onStdout: () => resolve() }).then(done => {
        outcome = done;
      });
    });
    let outcome: unknown;
    await started;
    for (const pid of sshd.sessions()) process.kill(pid, 'SIGKILL');
    await until(() => outcome);
    expect(outcome).toEqual({ is: 'cut', why: 'the SSH connection broke' });
    expect(await exec(ssh, go, { within })).toMatchObject({ is: 'ended', code: 0 });
    await ssh.close();
  });

  it('asks a host that is not there once for all who want it, and remembers', async () => {
    // A listener that never speaks: the handshake runs into its deadline.
    let connections = 0;
    const server = createServer(() => (connections += 1));
    const port = await freePort('127.0.0.1');
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
    const config = join(directory.path, 'config');
    writeFileSync(config, 'Host *\n  ConnectTimeout 1\n');
    const ssh = sshShell({ ...sshd.target, host: '127.0.0.1', port, config });
    const started = performance.now();
    const all = await Promise.all([1, 2, 3].map(() => exec(ssh, go, { within })));
    all.push(await exec(ssh, go, { within }));
    expect(performance.now() - started).toBeLessThan(1900);
    expect(connections).toBe(1);
    const why = `no SSH connection to 127.0.0.1:${port} within 1 s`;
    for (const done of all) expect(done).toEqual({ is: 'silent', why, hint: `ssh -p ${port} 127.0.0.1` });
    await ssh.close();
    server.close();
  });

  it('says that nothing listens', async () => {
    const port = await freePort('127.0.0.1');
    const ssh = sshShell({ ...sshd.target, host: '127.0.0.1', port });
    expect(await exec(ssh, go, { within })).toMatchObject({
      is: 'silent',
      why: `no SSH connection to 127.0.0.1:${port}: nothing listens there`,
    });
    await ssh.close();
  });

  it('refuses a host key that is not known, or another one, with the command to type', async () => {
    const { host, port = 22 } = sshd.target;
    const empty = join(directory.path, 'nobody');
    writeFileSync(empty, '');
    const stranger = sshShell({ ...sshd.target, knownHosts: empty });
    const seen = await shell().hostKey(within);
    expect(await exec(stranger, go, { within })).toEqual({
      is: 'silent',
      why: `the host key of [${host}]:${port} is not known: seen ${seen} (ssh-ed25519), none in ${empty}`,
      hint: `compare the fingerprint with the host's own, then: ssh-keyscan -p ${port} ${host} >> ${empty}`,
    });
    const other = readFileSync(`${sshd.clientKey}.pub`, 'utf8');
    writeFileSync(empty, `[${host}]:${port} ${other}`);
    const changed = await exec(sshShell({ ...sshd.target, knownHosts: empty }), go, { within });
    expect(changed).toMatchObject({ is: 'silent', why: expect.stringContaining(`has changed: seen ${seen}`) });
    expect(changed).toMatchObject({ why: expect.stringContaining(`${empty}:1`) });
  });

  it('says that none of our keys was taken', async () => {
    const key = join(directory.path, 'other_key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const ssh = sshShell({ ...sshd.target, identity: key });
    expect(await exec(ssh, go, { within })).toMatchObject({
      is: 'silent',
      why: expect.stringContaining(`lets "${sshd.target.user ?? ''}" in with none of our keys: ${key}`),
    });
    await ssh.close();
  });

  it('says that a key is encrypted and no agent holds it; with the agent it works', async () => {
    const key = join(directory.path, 'locked_key');
    execFileSync('cp', [sshd.clientKey, key]);
    execFileSync('chmod', ['600', key]);
    execFileSync('ssh-keygen', ['-q', '-p', '-N', 'pass phrase', '-P', '', '-f', key]);
    const config = join(directory.path, 'agent_config');
    const socket = join(directory.path, 'agent.sock');
    writeFileSync(config, 'Host *\n  IdentityAgent none\n');
    const target = { ...sshd.target, identity: key, config };
    expect(await exec(sshShell(target), go, { within })).toMatchObject({
      is: 'silent',
      why: `the key ${key} is encrypted, and there is no agent that holds it`,
      hint: expect.stringContaining(`ssh-add ${key}`),
    });
    const agent = /SSH_AGENT_PID=(\d+)/.exec(execFileSync('ssh-agent', ['-s', '-a', socket]).toString())![1];
    execFileSync('ssh-add', ['-q', sshd.clientKey], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    writeFileSync(config, `Host *\n  IdentityAgent ${socket}\n  IdentitiesOnly yes\n`);
    execFileSync('cp', [`${sshd.clientKey}.pub`, `${key}.pub`]);
    const ssh = sshShell(target);
    expect(await exec(ssh, go, { within })).toMatchObject({ is: 'ended', code: 0 });
    await ssh.close();
    process.kill(Number(agent));
  });

  it('passes through another machine, each host key checked', async () => {
    const below = join(directory.path, 'second');
    execFileSync('mkdir', [below]);
    const second = await startSshd({ directory: below, hostKeyType: 'rsa' });
    const both = join(directory.path, 'both');
    writeFileSync(both, readFileSync(sshd.knownHosts, 'utf8') + readFileSync(second.knownHosts, 'utf8'));
    const { host, port, user } = sshd.target;
    const config = join(directory.path, 'jump_config');
    writeFileSync(
      config,
      `Host inner\n  HostName ${second.target.host}\n  Port ${second.target.port}\n  User ${user}\n  ProxyJump outer\n` +
        `  IdentityFile ${second.clientKey}\nHost outer\n  HostName ${host}\n  Port ${port}\n  User ${user}\n  IdentityFile ${sshd.clientKey}\n` +
        `Host *\n  UserKnownHostsFile ${both}\n  GlobalKnownHostsFile none\n`,
    );
    const ssh = sshShell({ host: 'inner', config });
    expect(await exec(ssh, go, { within })).toMatchObject({ is: 'ended', code: 0 });
    expect(sshd.sessions().length).toBeGreaterThan(0);
    await ssh.close();
    writeFileSync(both, readFileSync(second.knownHosts, 'utf8'));
    const unknownHop = sshShell({ host: 'inner', config });
    expect(await exec(unknownHop, go, { within })).toMatchObject({
      is: 'silent',
      why: expect.stringContaining(`the host key of [${host}]:${port} is not known`),
    });
    await unknownHop.close();
    await second.stop();
  });
});
