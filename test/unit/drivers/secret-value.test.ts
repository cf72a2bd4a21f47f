// Secrets from where they lie: password files by libpq's rules, the environment, a command.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { passwordOf, secretValue } from '../../../src/drivers/secret-value.ts';
import { Redactor } from '../../../src/secret.ts';

const login = { host: 'db1', port: 5432, database: 'postgres', user: 'me' };
const directory = mkdtempSync(join(tmpdir(), 'lb-secret-'));
afterAll(() => rmSync(directory, { recursive: true }));

it.each([
  ['the first that fits', 'db2:*:*:*:no\ndb1:5432:postgres:me:yes\n*:*:*:*:later', 'yes'],
  ['all wildcards', '*:*:*:*:yes', 'yes'],
  ['colons in the password', 'db1:*:*:me:a:b\\:c\\\\d', 'a:b:c\\d'],
  ['comments', '#db1:5432:postgres:me:no\n\ndb1:*:*:*:yes', 'yes'],
  ['none', 'db1:5433:postgres:me:no\nbroken line', undefined],
])('password file: %s', (_, text, expected) => {
  expect(passwordOf(text, login)).toBe(expected);
});

it('takes a socket for localhost', () => {
  expect(passwordOf('localhost:*:*:*:yes', { ...login, host: '/run/postgresql' })).toBe('yes');
});

it('fetches, and has the redactor learn', async () => {
  const redactor = new Redactor();
  expect(await secretValue({ command: ['printf', 'hidden\\n'] }, login, redactor)).toBe('hidden');
  expect(redactor.clean('so hidden')).toBe('so <secret>');
  process.env['LB_UNIT_SECRET'] = 'environ';
  expect(await secretValue({ env: 'LB_UNIT_SECRET' }, login, redactor)).toBe('environ');
});

it('refuses with what to type', async () => {
  const redactor = new Redactor();
  const file = join(directory, 'pass');
  writeFileSync(file, '*:*:*:*:open');
  chmodSync(file, 0o644);
  await expect(secretValue({ passfile: file }, login, redactor)).rejects.toMatchObject({ hint: `chmod 0600 ${file}` });
  chmodSync(file, 0o600);
  expect(await secretValue({ passfile: file }, login, redactor)).toBe('open');
  writeFileSync(file, 'x:*:*:*:no');
  await expect(secretValue({ passfile: file }, login, redactor)).rejects.toThrow(
    `${file} has no line for db1:5432:postgres:me`,
  );
  await expect(secretValue({ env: 'LB_NOT_THERE' }, login, redactor)).rejects.toThrow('LB_NOT_THERE');
  await expect(secretValue({ command: ['false'] }, login, redactor)).rejects.toThrow('"false" gave no password (1)');
});
