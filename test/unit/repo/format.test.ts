// The format as docs/repository.md tells it, read by a reader of its own: what is written today must be readable in ten years.

import {
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  scryptSync,
} from 'node:crypto';
import { crc32, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../src/drivers/memory-store.ts';
import { threadWorks } from '../../../src/drivers/works.ts';
import { newIdentity } from '../../../src/repo/key-text.ts';
import { openVault } from '../../../src/repo/open-vault.ts';
import { createRepository } from '../../../src/repo/repository.ts';
import type { Works } from '../../../src/repo/works.ts';
import type { Instant } from '../../../src/time.ts';

interface Written {
  readonly check: string;
  readonly id: string;
  readonly encryption: {
    readonly keys: readonly [
      { readonly scrypt: { N: number; r: number; p: number }; readonly salt: string; readonly wrapped: string },
      { readonly ephemeral: string; readonly wrapped: string },
    ];
  };
}

const sha = (...parts: (Uint8Array | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const checksum = (packed: Buffer): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(packed));
  return bytes;
};
const works = threadWorks();
const name = 'clusters/main/history/00000002.history';
const clock = { now: () => '2026-11-21T03:12:44.000Z' as Instant, ticks: () => 0, sleep: () => Promise.resolve() };

function readObject(bytes: Buffer, key: Buffer | null): Buffer {
  expect(bytes.subarray(0, 8).toString()).toBe('LIFEBOAT');
  expect([bytes.readUInt16BE(8), bytes[10], bytes[11]]).toEqual([1, 5, key ? 1 : 0]);
  expect(bytes.subarray(12, 44)).toEqual(sha(name));
  const pieces: Buffer[] = [];
  for (let at = 44, number = 0; ; number += 1) {
    const head = bytes.subarray(at, at + 14);
    const body = bytes.subarray(at + 14, at + 14 + head.readUInt32BE(6));
    const bond = Buffer.concat([head, Buffer.from(`history\n${name}`)]);
    expect(head.readUInt32BE(10)).toBe(number);
    const payload = key === null ? body : unsealed(key, body, bond);
    const packed = payload.subarray(32);
    const raw = head[0] === 2 ? gunzipSync(packed) : packed;
    expect(raw.length).toBe(head.readUInt32BE(2));
    expect(payload.subarray(0, 32)).toEqual(sha(sha(raw), bond, checksum(packed)));
    pieces.push(raw);
    at += 14 + body.length;
    if ((head[1]! & 2) === 0) continue;
    expect(at).toBe(bytes.length);
    return Buffer.concat(pieces);
  }
}

function unsealed(key: Buffer, body: Buffer, also: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, 12));
  decipher.setAAD(also);
  decipher.setAuthTag(body.subarray(-16));
  return Buffer.concat([decipher.update(body.subarray(12, -16)), decipher.final()]);
}

/** gzip, which any reader has. */
const withGzip: Works = {
  ...works,
  compress: async bytes => {
    const { gzipSync } = await import('node:zlib');
    return bytes.length < 100 ? { codec: 'none', bytes } : { codec: 'gzip', bytes: gzipSync(bytes, { level: 1 }) };
  },
};

describe('the format', { timeout: 60_000 }, () => {
  it.each([['plain', null] as const, ['encrypted', sha('a key')] as const])('of a %s object', async (_kind, key) => {
    const store = memoryStore();
    const vault = openVault(store, withGzip, key);
    for (const raw of [Buffer.from('1\t0/3000000\tno recovery target\n'), Buffer.alloc(2_500_000, 'text ')]) {
      await vault.put(name, 'history', raw);
      expect(readObject(store.things.get(name)!, key).equals(raw)).toBe(true);
      expect((await vault.get(name, 'history'))!.equals(raw)).toBe(true);
    }
  });

  it('does not change: these bytes were written by the first version', async () => {
    const store = memoryStore();
    const vault = openVault(store, works, null);
    await vault.put(name, 'history', Buffer.from('1\t0/3000000\n'));
    expect(store.things.get(name)!.toString('hex')).toBe(
      '4c494645424f415400010500bec0e035c3b6ad7bac11b2bea1d7703cf1bbc7a4662f336bd04ccf525294ffd600000000000c0000002c000000003f40f2819d89888d49be55aa8c6225efaea2d29587d98323528bbad8118befc73109302f333030303030300a0002000000000000002000000001d4ef7e31b2a5a19225add6e7b8f179716fd28e2dba7919bb3d64659b0e8e7544',
    );
  });

  it('of wrapped keys', async () => {
    const secret = sha('a secret');
    const { recipient } = newIdentity(secret, '');
    const store = memoryStore();
    const repo = await createRepository(store, works, clock, [{ passphrase: 'Z\u00fcrich' }, { recipient }]);
    await repo.vault.put(name, 'history', Buffer.from('kept'));
    const { check, ...rest } = JSON.parse(store.things.get('repository.json')!.toString()) as Written;
    expect(check).toBe(sha(JSON.stringify(rest)).toString('hex'));
    const [byPassphrase, byRecipient] = rest.encryption.keys;

    const { N, r, p } = byPassphrase.scrypt;
    const outer = scryptSync('Zu\u0308rich'.normalize('NFKC'), Buffer.from(byPassphrase.salt, 'base64'), 32, {
      N,
      r,
      p,
      maxmem: 1 << 28,
    });
    const also = [rest.id, 'passphrase', N, r, p, byPassphrase.salt].join('\n');
    const key = unsealed(outer, Buffer.from(byPassphrase.wrapped, 'base64'), Buffer.from(also));

    const der = (prefix: string, raw: Buffer): Buffer => Buffer.concat([Buffer.from(prefix, 'hex'), raw]);
    const textKey = Buffer.from(byRecipient.ephemeral.replace('lifeboat-recipient-', ''), 'base64url');
    expect(textKey.subarray(32)).toEqual(sha(textKey.subarray(0, 32)).subarray(0, 4));
    const shared = diffieHellman({
      privateKey: createPrivateKey({
        key: der('302e020100300506032b656e04220420', secret),
        format: 'der',
        type: 'pkcs8',
      }),
      publicKey: createPublicKey({
        key: der('302a300506032b656e032100', textKey.subarray(0, 32)),
        format: 'der',
        type: 'spki',
      }),
    });
    const salt = `${byRecipient.ephemeral}\n${recipient}`;
    const second = Buffer.from(hkdfSync('sha256', shared, salt, 'lifeboat data key', 32));
    const bound = [rest.id, 'recipient', recipient, byRecipient.ephemeral].join('\n');
    expect(unsealed(second, Buffer.from(byRecipient.wrapped, 'base64'), Buffer.from(bound))).toEqual(key);
    expect(readObject(store.things.get(name)!, key).toString()).toBe('kept');
  });
});
