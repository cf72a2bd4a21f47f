// Blocks come back as they were, whichever codec there is.

import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { threadWorks } from '../../../src/drivers/works.ts';

const works = threadWorks();

describe('works on blocks', () => {
  it.each([
    ['empty', Buffer.alloc(0)],
    ['small', Buffer.from('x')],
    ['all alike', Buffer.alloc(1 << 20, 'page ')],
    ['random', randomBytes(1 << 20)],
    ['a view into something larger', randomBytes(3000).fill(7, 100, 2900).subarray(50, 2950)],
  ])('compress: %s', async (_kind, raw) => {
    const { codec, bytes } = await works.compress(raw);
    expect(bytes.length).toBeLessThanOrEqual(raw.length);
    expect((await works.decompress(codec, bytes, raw.length)).equals(raw)).toBe(true);
  });

  it('leave alone what does not get smaller', async () => {
    expect((await works.compress(randomBytes(1 << 20))).codec).toBe('none');
    expect((await works.compress(Buffer.alloc(1 << 20))).codec).not.toBe('none');
  });

  it('read gzip too, and refuse what unpacks to another length', async () => {
    const raw = Buffer.alloc(1000, 'text ');
    expect((await works.decompress('gzip', gzipSync(raw), 1000)).equals(raw)).toBe(true);
    const { codec, bytes } = await works.compress(raw);
    await expect(works.decompress(codec, bytes, 999)).rejects.toThrow();
    await expect(works.decompress('gzip', gzipSync(raw), 999)).rejects.toThrow();
    await expect(works.decompress('none', raw, 999)).rejects.toThrow();
  });

  it('seal and unseal, and nothing that was changed', async () => {
    const [key, nonce, raw, also] = [randomBytes(32), randomBytes(12), randomBytes(1000), Buffer.from('also')];
    const sealed = Buffer.concat(await works.seal(key, nonce, [raw.subarray(0, 7), raw.subarray(7)], also));
    expect(sealed.length).toBe(raw.length + 16);
    expect((await works.unseal(key, nonce, sealed, also))?.equals(raw)).toBe(true);
    expect(await works.unseal(randomBytes(32), nonce, sealed, also)).toBeUndefined();
    expect(await works.unseal(key, nonce, sealed, Buffer.from('else'))).toBeUndefined();
    expect(await works.unseal(key, nonce, sealed.subarray(1), also)).toBeUndefined();
    expect(await works.unseal(key, nonce, sealed.subarray(0, 10), also)).toBeUndefined();
    expect((await works.hash(Buffer.from('abc'))).toString('hex')).toMatch(/^ba7816bf8f01cfea/);
  });
});
