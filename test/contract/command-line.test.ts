// Mistakes on the command line: one message and one hint each, exit 2 or 3, never a stack trace.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../bin/lifeboat.js', import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(process.env['LIFEBOAT_TEST_ROOT'] ?? tmpdir(), 'command-line-'));
  const node = (name: string, host: string) =>
    `      ${name}: { ssh: { host: ${host} }, postgres: { data: /d, bin: /b } }\n`;
  writeFileSync(
    join(folder, 'lifeboat.yaml'),
    `clusters:\n  main:\n    nodes:\n${node('node1', '127.0.0.99')}${node('node2', '127.0.0.98')}`,
  );
  mkdirSync(join(folder, 'empty'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function lifeboat(args: readonly string[], cwd = folder) {
  const env = { ...process.env, XDG_STATE_HOME: join(folder, 'state'), NO_COLOR: '1' };
  return spawnSync(process.execPath, [program, ...args], { cwd, env, encoding: 'utf8', input: '' });
}

describe('each mistake', () => {
  it.each([
    ['rnu', 2, 'unknown command "rnu"', 'did you mean run?'],
    ['run', 2, 'missing required argument "book"', 'lifeboat --help'],
    ['run failovr', 2, 'no runbook is named "failovr"', 'did you mean failover?'],
    ['run ./nix.yaml', 2, 'cannot read the runbook "nix.yaml": there is no such file', 'lifeboat list'],
    ['run failover --dryrun', 2, 'unknown option "--dryrun"', 'did you mean --dry-run?'],
    ['run failover -p', 2, 'option "-p, --param <name=value>" argument missing', 'lifeboat --help'],
    ['run failover -p nonsense', 2, '-p takes NAME=VALUE, not "nonsense"', '-p name=value'],
    ['run failover -p downfor=3s', 3, 'runbook "failover" has no parameter "downfor"', 'did you mean "down_for"?'],
    ['run failover -p down_for=3x', 3, 'parameter "down_for" must be a duration, not "3x"', 'for example 30s'],
    [
      'run failover --method rewind',
      2,
      '--method: runbook "failover" has no parameter "method"',
      'its parameters: down',
    ],
    ['run rebuild-standby --method rewind', 2, 'has no parameter "method"', 'lifeboat run rejoin --method rewind'],
    ['run rejoin --method rewnd', 3, 'parameter "method" must be one of its values', 'did you mean "rewind"?'],
    ['run rejoin --method follow -p method=rewind', 2, '--method follow and -p method=rewind contradict', 'give one'],
    ['run rejoin --method', 2, 'option "--method <method>" argument missing', 'lifeboat --help'],
    ['run failover --bind primary', 2, '--bind takes NAME=VALUE, not "primary"', '--bind name=value'],
    ['run failover --bind primary=nod1', 2, '--bind primary: no node "nod1" in cluster main', 'did you mean node1?'],
    ['run failover --bind standy=node1', 2, '--bind: runbook "failover" has no role "standy"', 'did you mean standby?'],
    ['run failover --accept-loss lots', 2, '--accept-loss takes a size or "unknown", not "lots"', '12MB'],
    ['run failover --accept-unfenced node3', 2, '--accept-unfenced: no node "node3"', 'node1, node2'],
    ['run failover --inventory other.yaml', 2, 'cannot read the inventory', '--inventory FILE'],
    ['run failover --cluster west', 2, 'no cluster "west" in lifeboat.yaml', 'it has: main'],
    ['run lifeboat.yaml', 3, 'lifeboat.yaml:1:1:', 'HINT'],
    ['status --cluster west', 2, 'no cluster "west" in lifeboat.yaml', 'it has: main'],
    ['watch --until primry-down', 2, '--until takes a state, not "primry-down"', 'did you mean primary-down?'],
    ['watch --until node3=down', 2, '--until: no node "node3" in cluster main', 'node1, node2'],
    ['watch --until node1=dwn', 2, '--until takes a state, not "dwn"', 'did you mean down?'],
    ['watch --timeout soon', 2, '--timeout takes a duration of a second or more, not "soon"', '--timeout 10s'],
    ['watch --interval 0s', 2, '--interval takes a duration of a second or more, not "0s"', '--interval 10s'],
    ['show', 2, 'missing required argument "book"', 'lifeboat --help'],
    ['show failver', 2, 'no runbook is named "failver"', 'did you mean failover?'],
    ['validate nofile.yaml', 2, 'cannot read the file "nofile.yaml": there is no such file', 'lifeboat validate'],
    ['validate empty', 2, 'cannot read the file "empty": it is a directory', 'lifeboat validate'],
    ['report', 2, 'missing required argument "run"', 'lifeboat --help'],
    ['report 2026', 2, 'no run "2026"', 'lifeboat runs'],
    ['report last --format pdf', 2, 'Allowed choices are text, json, html, junit, md', 'lifeboat --help'],
    ['resume nope', 2, 'no run "nope"', 'lifeboat runs'],
    ['undo nope', 2, 'no run "nope"', 'lifeboat runs'],
    ['drill', 2, 'no drill is named', 'failover-killed'],
    ['drill failover-kiled', 2, 'no drill is named "failover-kiled"', 'did you mean failover-killed?'],
    ['drill ./nix.yaml', 2, 'there is no such file', 'failover-killed'],
    ['drill failover-killed --synchronus', 2, 'unknown option "--synchronus"', 'did you mean --synchronous?'],
    ['lab', 2, 'Usage: lifeboat lab', 'break'],
    ['lab up --nodes 99', 2, '--nodes takes a number from 1 to 9, not "99"', '--nodes 3'],
    ['lab up --nodes two', 2, '--nodes takes a number from 1 to 9, not "two"', '--nodes 3'],
    ['lab break kiled', 2, 'no fault is named "kiled"', 'did you mean killed?'],
    ['lab break killed --lab /nowhere', 2, 'there is no lab in "/nowhere"', 'lifeboat lab status'],
    ['lab down --lab /nowhere', 2, 'there is no lab in "/nowhere"', 'lifeboat lab status'],
  ])('lifeboat %s', (words, code, fact, hint) => {
    const { status, stdout, stderr } = lifeboat(words.split(' '));
    expect(stderr).toContain(fact);
    expect(stderr).toContain(hint);
    expect(stderr).not.toMatch(/\n\s+at |node:internal|undefined/);
    expect(stdout).toBe('');
    expect(status).toBe(code);
  });
});

it('without an inventory says where it looked and what to do', () => {
  const { status, stderr } = lifeboat(['status'], join(folder, 'empty'));
  expect(status).toBe(2);
  expect(stderr).toContain('no inventory: looked for lifeboat.yaml');
  expect(stderr).toContain('lifeboat lab up');
});

it('dead hosts cost one deadline and are told by name', () => {
  const begin = performance.now();
  const { status, stdout } = lifeboat(['status']);
  expect(status).toBe(0);
  expect(stdout).toContain('node1: no SSH connection to 127.0.0.99:22');
  expect(stdout).toContain('node2: no SSH connection to 127.0.0.98:22');
  expect(performance.now() - begin).toBeLessThan(9000);
});

it('a watch of dead hosts goes on to its timeout, and says what holds instead', () => {
  const { status, stdout, stderr } = lifeboat(['watch', '--interval', '1s', '--until', 'healthy', '--timeout', '3s']);
  expect(stderr).toContain('lifeboat: not healthy within 3s: unknown: nothing answers here');
  expect(stderr).toContain('HINT: lifeboat status');
  expect(stdout).toMatch(/^\S+ \S+ UTC {2}node1 {2}2 no-response: here · not-asked: node1, node2$/m);
  expect(status).toBe(4);
});

it('a pipe that is closed early is no error', () => {
  const script = `"${process.execPath}" "${program}" show failover | head -n 1`;
  const { stdout, stderr } = spawnSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8' });
  expect(stdout).toMatch(/^failover:/);
  expect(stderr).not.toContain('EPIPE');
});
