// Scripts that share a shell on a host must be as far apart as if each had a session of its own.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exec, type ExecOptions } from '../../src/drivers/exec.ts';
import type { Shell } from '../../src/drivers/shell.ts';
import { sshShell } from '../../src/drivers/ssh.ts';
import { bytes, ms, seconds } from '../../src/time.ts';
import { startSshd, testDirectory, type TestSshd } from '../support/sshd.ts';
import { until } from '../support/until.ts';

const directory = testDirectory('warm');
const within = seconds(8);
let sshd: TestSshd;
let shell: Shell;

beforeAll(async () => {
  sshd = await startSshd({ directory: directory.path });
});
beforeEach(() => {
  shell = sshShell(sshd.target);
});
afterEach(() => shell.close());
afterAll(async () => {
  await sshd.stop();
  directory.remove();
});

const ask = (script: string, args: string[] = [], options: Partial<ExecOptions> = {}, on = shell) =>
  exec(on, { script, args, tidy: true }, { within, ...options });

async function said(script: string, args: string[] = [], options: Partial<ExecOptions> = {}, on = shell) {
  const done = await ask(script, args, options, on);
  if (done.is !== 'ended') throw new Error(JSON.stringify(done));
  return { code: done.code, stdout: done.stdout.toString(), stderr: done.stderr.toString() };
}
/** The shell that stands: in a subshell `$$` is the pid of the shell that it was forked from. */
const standing = async () => (await said('echo $$')).stdout;

describe('a shell that stands', () => {
  it('serves one script after another', async () => {
    const first = await standing();
    expect(await said('echo out; echo err >&2; exit 3')).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' });
    expect(await said(':')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await said('printf "no newline"')).toEqual({ code: 0, stdout: 'no newline', stderr: '' });
    expect(await standing()).toBe(first);
    const own = await exec(shell, { script: 'echo $$', args: [] }, { within });
    expect(own.is === 'ended' && own.stdout.toString()).not.toBe(first);
  });

  it('keeps nothing of a script', async () => {
    const state = 'pwd; echo "${x-none} $-"; umask; trap; type f 2>/dev/null || echo no f; (exit 4); echo $? $#';
    const before = await said(state, ['a', 'b']);
    await said('x=1; export x; cd /; set -eu; umask 000; trap "echo bye" EXIT; f() { :; }; exec 5>&1; shift 2; exit', [
      'c',
      'd',
    ]);
    expect(await said(state, ['a', 'b'])).toEqual(before);
    expect(before.stdout).toMatch(/^none /m);
  });

  it('passes arguments as they are', async () => {
    const args = [
      '',
      'a b',
      "it's",
      '"$HOME"',
      '`id`',
      'a\nb',
      '*',
      '\\',
      'ö',
      '-n',
      '!',
      '#',
      ')',
      'x'.repeat(200_000),
    ];
    expect((await said(`printf '<%s>' "$@"`, args)).stdout).toBe(args.map(arg => `<${arg}>`).join(''));
  });

  it('is not taken in by what a script prints', async () => {
    const mark = `@${'0'.repeat(32)}`;
    const forged = `\n${mark} 0\n\n${mark} \n\n@\n@`;
    expect(await said('printf %s "$1"; printf %s "$1" >&2; exit 5', [forged])).toEqual({
      code: 5,
      stdout: forged,
      stderr: forged,
    });
    // What a script can find out of the shell that it runs in holds no mark.
    const { stdout } = await said('set; tr "\\0" "\\n" </proc/$$/cmdline; tr "\\0" "\\n" </proc/$$/environ');
    expect(stdout).not.toMatch(/@[0-9a-f]{32}/);
    expect(stdout).toContain('PATH=');
  });

  it('has nothing for a script that reads', async () => {
    const first = await standing();
    expect((await said('cat; read -r line && echo "$line"; echo read')).stdout).toBe('read\n');
    expect(await standing()).toBe(first);
  });

  it('gives output of any size, whole on disk', async () => {
    const keep = join(directory.path, 'whole');
    const zeros = 'head -c 5000000 /dev/zero';
    const { stdout, stderr } = await said(`${zeros} | tr "\\0" x; echo; ${zeros} >&2`, [], { keep });
    expect(readFileSync(keep).length).toBe(5_000_001);
    expect(stdout.length + stderr.length).toBeLessThan(3 * 1024 * 1024);
    // A newline is where the mark might begin.
    const lines = await said('yes "" | head -c 5000000', [], { cap: bytes(6_000_000) });
    expect(lines.stdout).toBe('\n'.repeat(5_000_000));
  });

  it('tells output while it comes', async () => {
    const told: string[] = [];
    const go = join(directory.path, 'go');
    const done = ask('printf one; until [ -e "$1" ]; do sleep 0.02; done; echo two', [go], {
      onStdout: piece => told.push(piece.toString()),
    });
    await until(() => told.join('') === 'one');
    writeFileSync(go, '');
    await done;
    expect(told.join('')).toBe('onetwo\n');
  });

  it('does not wait for a process that let go of the outputs', async () => {
    const file = join(directory.path, 'alive');
    const script = '{ until [ -e "$1" ]; do sleep 0.02; done; : >"$1.seen"; } >/dev/null 2>&1 & echo gone on';
    expect((await said(script, [file])).stdout).toBe('gone on\n');
    writeFileSync(file, '');
    await until(() => existsSync(`${file}.seen`));
  });

  it('is left where a process speaks when nobody asked', async () => {
    const first = await standing();
    const file = join(directory.path, 'rude');
    expect((await said('{ until [ -e "$1" ]; do sleep 0.02; done; echo boo; } & echo left it', [file])).stdout).toBe(
      'left it\n',
    );
    writeFileSync(file, '');
    await until(async () => (await standing()) !== first);
    expect((await said('echo clean')).stdout).toBe('clean\n');
  });

  it('is lost with a script that is killed or makes no sense, and another one comes', async () => {
    const first = await standing();
    expect((await said('kill -9 $$')).code).toBe(137);
    const second = await standing();
    expect(second).not.toBe(first);
    expect(await said("echo 'half of it")).toMatchObject({ code: 2, stderr: expect.stringContaining('uote') });
    expect((await said('echo well')).stdout).toBe('well\n');
  });

  it('is dropped at the deadline, with what runs in it', async () => {
    const first = await standing();
    const pids: string[] = [];
    const late = await ask('echo $$; sleep 30; echo never', [], {
      within: ms(500),
      onStdout: piece => pids.push(piece.toString()),
    });
    expect(late).toEqual({ is: 'late', why: 'no end within 500 ms' });
    expect(pids.join('').trim()).toBe(first.trim());
    expect((await said('echo next')).stdout).toBe('next\n');
    expect(await standing()).not.toBe(first);
    await until(() => !existsSync(`/proc/${first.trim()}`));
  });

  it('that hangs between two scripts is replaced', async () => {
    const first = await standing();
    process.kill(Number(first), 'SIGSTOP');
    expect((await said('echo here', [], { within: seconds(3) })).stdout).toBe('here\n');
    await until(() => !existsSync(`/proc/${first.trim()}`));
  });

  it('is asked again before anything is sent: a host that is gone stays without the command', async () => {
    await standing();
    const file = join(directory.path, 'late');
    const sessions = sshd.sessions();
    for (const pid of sessions) process.kill(pid, 'SIGSTOP');
    const silent = await ask(': >"$1"', [file], { within: seconds(1) });
    for (const pid of sessions) process.kill(pid, 'SIGCONT');
    expect(silent).toMatchObject({ is: 'silent' });
    expect((await said('echo back')).stdout).toBe('back\n');
    expect(existsSync(file)).toBe(false);
  });

  it('goes with the connection, and what ran in it is cut', async () => {
    const began = join(directory.path, 'began');
    const done = ask(': >"$1"; sleep 5', [began]);
    await until(() => existsSync(began));
    for (const pid of sshd.sessions()) process.kill(pid, 'SIGKILL');
    expect(await done).toEqual({ is: 'cut', why: 'the SSH connection broke' });
    expect((await said('echo again')).stdout).toBe('again\n');
  });

  it('is one of a few, and what they cannot take gets a session of its own', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => said('echo $$ "$1"; exit "$1"', [String(i)])),
    );
    expect(answers.map(({ code }) => code)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    const plain = Array.from({ length: 12 }, () => exec(shell, { script: 'sleep 0.2', args: [] }, { within }));
    for (const done of await Promise.all(plain)) expect(done).toMatchObject({ is: 'ended', code: 0 });
    expect((await said('echo after')).stdout).toBe('after\n');
  });
});

describe('a host', () => {
  const on = async (name: string, config: string, go: (shell: Shell) => Promise<void>) => {
    const below = testDirectory(name);
    const other = await startSshd({ directory: below.path, config });
    const there = sshShell(other.target);
    try {
      await go(there);
    } finally {
      await there.close();
      await other.stop();
      below.remove();
    }
  };

  it('whose login shell talks is understood', () =>
    on('talks', 'ForceCommand echo hello; echo "\\$x (" >&2; eval "$SSH_ORIGINAL_COMMAND"', async there => {
      for (const word of ['one', 'two'])
        expect(await said('echo "$1"', [word], {}, there)).toEqual({ code: 0, stdout: `${word}\n`, stderr: '' });
    }));

  it('that lets nobody have a shell to keep is asked as before', () =>
    on('never', 'ForceCommand echo no shell here; exit 6', async there => {
      for (const _ of [1, 2])
        expect(await said('echo x', [], {}, there)).toEqual({ code: 6, stdout: 'no shell here\n', stderr: '' });
    }));

  it('that allows one session at a time is served', () =>
    on('one', 'MaxSessions 1', async there => {
      for (const i of ['1', '2']) {
        expect((await said('echo "$1"', [i], {}, there)).stdout).toBe(`${i}\n`);
        expect(await exec(there, { script: 'exit 7', args: [] }, { within })).toMatchObject({ is: 'ended', code: 7 });
      }
    }));
});
