// known_hosts as OpenSSH reads it, on lines that ssh-keygen and people write.

import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkHostKey, fingerprint, hostKeyAlgorithms, parseKnownHosts } from '../../../src/drivers/known-hosts.ts';

const key = (type: string, body: string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.from(body)]);
};
const mine = key('ssh-ed25519', 'mine');
const other = key('ssh-ed25519', 'other');
const rsa = key('ssh-rsa', 'rsa');
const line = (hosts: string, of: Buffer, marker = ''): string =>
  `${marker}${hosts} ${of.toString('latin1', 4, 4 + of.readUInt32BE(0))} ${of.toString('base64')} a comment`;
const hashed = (name: string): string =>
  `|1|${Buffer.from('salt').toString('base64')}|${createHmac('sha1', 'salt').update(name).digest('base64')}`;

const check = (text: string, seen: Buffer, host = 'db1', port = 22) => {
  try {
    checkHostKey(seen, { host, port, files: ['kh'] }, parseKnownHosts(text, 'kh'));
    return 'known';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('knows', () => {
  it.each([
    ['a plain name', line('db1', mine), 'db1', 22],
    ['one of a list', line('x,db1,y', mine), 'db1', 22],
    ['capital letters', line('DB1', mine), 'Db1', 22],
    ['a port', line('[db1]:2222', mine), 'db1', 2222],
    ['the same key without its port', line('db1', mine), 'db1', 2222],
    ['a hashed name', line(hashed('db1'), mine), 'db1', 22],
    ['a hashed name with its port', line(hashed('[db1]:2222'), mine), 'db1', 2222],
    ['wildcards', line('db?,web*', mine), 'db1', 22],
    ['the second of two keys', `${line('db1', other)}\n${line('db1', mine)}`, 'db1', 22],
    ['among comments', `# db1 ssh-rsa AAAA\n\n${line('db1', mine)}\n`, 'db1', 22],
  ])('%s', (_, text, host, port) => {
    expect(check(text, mine, host, port)).toBe('known');
  });
});

describe('refuses', () => {
  it.each([
    ['nothing known', '', 'is not known'],
    ['another host', line('db2', mine), 'is not known'],
    ['a negated pattern', line('db*,!db1', mine), 'is not known'],
    ['a dot that is no wildcard', line('d.1', mine), 'is not known'],
    [
      'another key',
      line('db1', other),
      `seen ${fingerprint(mine)} (ssh-ed25519), expected ${fingerprint(other)} (ssh-ed25519) of kh:1`,
    ],
    ['a key of another type only', `\n${line('db1', rsa)}`, `expected ${fingerprint(rsa)} (ssh-rsa) of kh:2`],
    ['a revoked key', `${line('db1', mine)}\n${line('*', mine, '@revoked ')}`, 'is revoked'],
    ['a certificate authority', line('db1', mine, '@cert-authority '), 'certificate authority, which is not supported'],
  ])('%s', (_, text, words) => {
    expect(check(text, mine)).toContain(words);
  });
});

it('has the recorded types negotiated first', () => {
  const known = parseKnownHosts(line('[db1]:2222', rsa), 'kh');
  expect(hostKeyAlgorithms('db1', 2222, known).slice(0, 4)).toEqual([
    'rsa-sha2-512',
    'rsa-sha2-256',
    'ssh-rsa',
    'ssh-ed25519',
  ]);
  expect(hostKeyAlgorithms('db2', 22, known)[0]).toBe('ssh-ed25519');
});
