// lifeboat repo, through the front door: a repository is made, looked at, mended, and opened by whoever may.

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../bin/lifeboat.js', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'lifeboat-repo-command-'));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'));
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

function lifeboat(...args: string[]) {
  const env = { ...process.env, XDG_STATE_HOME: join(folder, 'state'), NO_COLOR: '1' };
  return spawnSync(process.execPath, [program, ...args], { cwd: folder, env, encoding: 'utf8', input: '' });
}

function inventory(encryption: string): void {
  writeFileSync(
    join(folder, 'lifeboat.yaml'),
    `clusters:
  main:
    nodes:
      node1: { ssh: { local: true }, postgres: { data: ${folder}/data, bin: /usr/lib/postgresql/15/bin } }
    backup: { repository: local }
repositories:
  local: { path: ${folder}/repo${encryption} }
`,
  );
}

const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
};

const info = (): { encryption: { id: string; kind: string }[] | null; damaged: string[] } =>
  JSON.parse(lifeboat('repo', 'info', '--json').stdout) as never;

describe('lifeboat repo', { timeout: 60_000 }, () => {
  it('makes a repository once, and tells what it is', () => {
    inventory('');
    expect(lifeboat('repo', 'info')).toMatchObject({ status: 4, stdout: '' });
    expect(lifeboat('repo', 'init')).toMatchObject({ status: 0, stderr: `made the repository ${folder}/repo\n` });
    expect(lifeboat('repo', 'init')).toMatchObject({ status: 4 });
    expect(lifeboat('repo', 'info').stdout).toMatch(/format 1 · id [0-9a-f]{32} · made .*\nnot encrypted\nno backups/);
  });

  it('lets others open it, and no more those whose key is removed', () => {
    const passphrase = file('passphrase', 'correct horse\n');
    const recipient = lifeboat('repo', 'identity', 'identity').stdout.trim();
    expect(recipient).toMatch(/^lifeboat-recipient-/);
    expect(statSync(join(folder, 'identity')).mode & 0o777).toBe(0o600);
    expect(lifeboat('repo', 'identity', 'identity').status).toBe(4);
    inventory(`, encryption: { passphrase_file: ${passphrase} }`);
    expect(lifeboat('repo', 'init').status).toBe(0);
    expect(lifeboat('repo', 'key', 'add').status).toBe(2);
    expect(lifeboat('repo', 'key', 'add', '--recipient', recipient).status).toBe(0);
    inventory(`, encryption: { identity: ${folder}/identity }`);
    const [old] = info().encryption ?? [];
    expect(lifeboat('repo', 'key', 'remove', old?.id ?? '').status).toBe(0);
    const last = lifeboat('repo', 'key', 'remove', recipient);
    expect(last.status).toBe(4);
    expect(last.stderr).toContain('nobody could open');
    inventory(`, encryption: { passphrase_file: ${passphrase} }`);
    const refused = lifeboat('repo', 'key', 'add', '--passphrase-file', passphrase);
    expect(refused.status).toBe(4);
    expect(refused.stderr).toContain('the passphrase does not open the repository');
    expect(refused.stderr).not.toContain('correct horse');
  });

  it.each([
    ['missing', undefined, 0o600, 'cannot be read (ENOENT)'],
    ['empty', '\n', 0o600, 'is empty'],
    ['readable by others', 'secret words', 0o644, 'can be read by others'],
  ])('refuses a passphrase file that is %s, before anything is written', (_what, content, mode, said) => {
    if (content !== undefined) chmodSync(file('passphrase', content), mode);
    inventory(`, encryption: { passphrase_file: ${folder}/passphrase }`);
    const refused = lifeboat('repo', 'init');
    expect(refused.status).toBe(4);
    expect(refused.stderr).toContain(said);
    expect(refused.stderr).toMatch(/\nHINT: /);
    expect(() => statSync(join(folder, 'repo'))).toThrow('ENOENT');
  });

  it('mends a damaged repository.json from its copy', () => {
    inventory('');
    lifeboat('repo', 'init');
    const place = join(folder, 'repo', 'repository.json');
    const good = readFileSync(place, 'utf8');
    writeFileSync(place, good.slice(0, 40));
    expect(info().damaged).toEqual(['repository.json: no whole JSON: it was cut off or damaged']);
    expect(lifeboat('repo', 'mend')).toMatchObject({ status: 0, stdout: 'repository.json: written anew\n' });
    expect(readFileSync(place, 'utf8')).toBe(good);
    expect(info().damaged).toEqual([]);
  });
});
