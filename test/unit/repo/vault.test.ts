// A vault gives back what was put or says that it is damaged: one flipped bit, a cut, a swap, never other bytes.

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MemoryStore, memoryStore } from '../../../src/drivers/memory-store.ts';
import { threadWorks } from '../../../src/drivers/works.ts';
import { frameHead, frameLimit } from '../../../src/repo/frame.ts';
import { headerLength } from '../../../src/repo/object-header.ts';
import { openVault } from '../../../src/repo/open-vault.ts';
import { Damage, type ObjectKind, type Vault } from '../../../src/repo/vault.ts';

const works = threadWorks();
const keys: readonly [string, Buffer | null][] = [
  ['plain', null],
  ['encrypted', randomBytes(32)],
];

/** Neither all random nor all alike. */
const content = (length: number): Buffer =>
  Buffer.concat([randomBytes(Math.floor(length / 3)), Buffer.alloc(length - Math.floor(length / 3), 'lifeboat ')]);

const lengths = [0, 1, 63, 64, 100_000, frameLimit - 1, frameLimit, frameLimit + 1, 5 * frameLimit + 7];

async function tried(vault: Vault, name: string, kind: ObjectKind): Promise<Buffer | Damage | undefined> {
  try {
    return await vault.get(name, kind);
  } catch (error) {
    if (error instanceof Damage) return error;
    throw error;
  }
}

async function put(vault: Vault, store: MemoryStore, name: string, bytes: Uint8Array): Promise<Buffer> {
  await vault.put(name, 'segment', bytes);
  return store.things.get(name)!;
}

describe.each(keys)('a vault, %s', { timeout: 60_000 }, (_kind, key) => {
  const store = memoryStore();
  const vault = openVault(store, works, key);

  it.each(lengths)('gives back %d bytes, whole and piece by piece', async length => {
    const raw = content(length);
    await vault.put('a/b', 'segment', raw);
    expect((await vault.get('a/b', 'segment'))!.equals(raw)).toBe(true);
    async function* bySome(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < raw.length; at += 300_001) yield raw.subarray(at, at + 300_001);
      await Promise.resolve();
    }
    expect(await vault.putIfAbsent(`stream/${length}`, 'files', bySome())).toBe(true);
    expect(await vault.putIfAbsent(`stream/${length}`, 'files', Buffer.from('late'))).toBe(false);
    const pieces: Buffer[] = [];
    for await (const piece of (await vault.read(`stream/${length}`, 'files'))!) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(raw)).toBe(true);
    expect(pieces.every(piece => piece.length <= frameLimit)).toBe(true);
  });

  it('knows absent from damaged', async () => {
    expect(await vault.get('not/there', 'segment')).toBeUndefined();
    expect(await vault.read('not/there', 'segment')).toBeUndefined();
  });

  it('compresses what gets smaller', async () => {
    expect((await put(vault, store, 'zeros', Buffer.alloc(3 * frameLimit))).length).toBeLessThan(2000);
  });

  it('shows nothing of the content where it has a key', async () => {
    const object = await put(vault, store, 'secret', Buffer.from('the secret words of somebody'));
    expect(object.includes('secret words')).toBe(key === null);
  });

  it('notices every single flipped bit of a small object', async () => {
    const object = Buffer.from(await put(vault, store, 'small', Buffer.from('a few bytes to be kept')));
    for (let bit = 0; bit < object.length * 8; bit += 1) {
      const flipped = Buffer.from(object);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      await store.put('small', flipped);
      expect(await tried(vault, 'small', 'segment'), `bit ${bit}`).toBeInstanceOf(Damage);
    }
  });

  it('notices every cut of a small object, and bytes added to it', async () => {
    const object = Buffer.from(await put(vault, store, 'small', Buffer.from('a few bytes to be kept')));
    for (let length = 0; length < object.length; length += 1) {
      await store.put('small', object.subarray(0, length));
      expect(await tried(vault, 'small', 'segment'), `cut at ${length}`).toBeInstanceOf(Damage);
    }
    await store.put('small', Buffer.concat([object, Buffer.from('x')]));
    expect(await tried(vault, 'small', 'segment')).toBeInstanceOf(Damage);
  });

  it('notices any flipped bit and any cut of a large one', async () => {
    const raw = content(2 * frameLimit + 999);
    const object = Buffer.from(await put(vault, store, 'large', raw));
    await fc.assert(
      fc.asyncProperty(fc.nat(object.length * 8 - 1), fc.nat(object.length - 1), async (bit, length) => {
        const flipped = Buffer.from(object);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        await store.put('large', flipped);
        expect(await tried(vault, 'large', 'segment')).toBeInstanceOf(Damage);
        await store.put('large', object.subarray(0, length));
        expect(await tried(vault, 'large', 'segment')).toBeInstanceOf(Damage);
      }),
      { numRuns: 60 },
    );
  });

  it('notices objects that were swapped, and one kind where another should be', async () => {
    await vault.put('one', 'segment', Buffer.from('first'));
    await vault.put('two', 'segment', Buffer.from('other'));
    const [one, two] = [store.things.get('one')!, store.things.get('two')!];
    await store.put('one', two);
    await store.put('two', one);
    expect(await tried(vault, 'one', 'segment')).toBeInstanceOf(Damage);
    expect(await tried(vault, 'two', 'segment')).toBeInstanceOf(Damage);
    await store.put('one', one);
    expect(await tried(vault, 'one', 'history')).toBeInstanceOf(Damage);
    expect((await vault.get('one', 'segment'))!.toString()).toBe('first');
  });

  it('notices frames that were swapped, dropped, doubled, or come from another object', async () => {
    const object = Buffer.from(await put(vault, store, 'row', randomBytes(4 * frameLimit)));
    const other = Buffer.from(await put(vault, store, 'other', randomBytes(4 * frameLimit)));
    const frames = (bytes: Buffer): Buffer[] => {
      const found: Buffer[] = [];
      for (let at = headerLength; at < bytes.length;) {
        const { length } = frameHead(bytes, at)!;
        found.push(bytes.subarray(at, at + length));
        at += length;
      }
      return found;
    };
    const [a, b, c, d, end] = frames(object) as [Buffer, Buffer, Buffer, Buffer, Buffer];
    const strange = frames(other)[1]!;
    const head = object.subarray(0, headerLength);
    for (const wrong of [
      [b, a, c, d, end],
      [a, b, c, end],
      [a, b, b, c, d, end],
      [a, strange, c, d, end],
      [a, b, c, d],
      [end],
    ]) {
      await store.put('row', Buffer.concat([head, ...wrong]));
      expect(await tried(vault, 'row', 'segment')).toBeInstanceOf(Damage);
    }
    await store.put('row', Buffer.concat([head, a, b, c, d, end]));
    expect(await tried(vault, 'row', 'segment')).toBeInstanceOf(Buffer);
  });

  it('compresses what goes into a pack, and not what goes into a journal', async () => {
    const [zeros, codecOf] = [
      Buffer.alloc(100_000),
      (parts: readonly Uint8Array[]) => frameHead(Buffer.concat(parts))?.codec,
    ];
    expect(codecOf(await vault.sealed(zeros, 'pack', 'n'))).not.toBe('none');
    expect(codecOf(await vault.sealed(zeros, 'partial', 'n'))).toBe('none');
  });

  it('opens single frames only at their own place, with the hash that is expected', async () => {
    const raw = content(300_000);
    const hash = await works.hash(raw);
    const frame = Buffer.concat(await vault.sealed(raw, 'pack', 'packs/p.00001', hash));
    expect((await vault.open(frame, 'pack', 'packs/p.00001', hash)).equals(raw)).toBe(true);
    expect((await vault.open(Buffer.concat(await vault.sealed(raw, 'pack', 'n')), 'pack', 'n')).equals(raw)).toBe(true);
    await expect(vault.open(frame, 'pack', 'packs/p.00002')).rejects.toThrow(Damage);
    await expect(vault.open(frame, 'partial', 'packs/p.00001')).rejects.toThrow(Damage);
    await expect(vault.open(frame, 'pack', 'packs/p.00001', randomBytes(32))).rejects.toThrow('another block');
    await expect(vault.open(frame.subarray(0, -1), 'pack', 'packs/p.00001')).rejects.toThrow(Damage);
    await expect(vault.open(Buffer.alloc(0), 'pack', 'packs/p.00001')).rejects.toThrow(Damage);
  });

  it('a wrong hash given for sealing is found out when it is opened', async () => {
    const frame = Buffer.concat(await vault.sealed(Buffer.from('bytes'), 'pack', 'p', randomBytes(32)));
    await expect(vault.open(frame, 'pack', 'p')).rejects.toThrow(Damage);
  });

  it('leaves nothing where the disk is full, whenever that is', async () => {
    const raw = randomBytes(2 * frameLimit);
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const full = memoryStore();
      full.room = Math.floor((raw.length * tenth) / 10);
      const attempt = openVault(full, works, key).put('a', 'pack', raw);
      await expect(attempt).rejects.toMatchObject({ code: 'failed' });
      expect([...full.things]).toEqual([]);
    }
  });
});

describe('with another key', () => {
  it('everything is damage', async () => {
    const store = memoryStore();
    await openVault(store, works, randomBytes(32)).put('a', 'backup', Buffer.from('bytes'));
    expect(await tried(openVault(store, works, randomBytes(32)), 'a', 'backup')).toBeInstanceOf(Damage);
    expect(await tried(openVault(store, works, null), 'a', 'backup')).toBeInstanceOf(Damage);
    await openVault(store, works, null).put('b', 'backup', Buffer.from('planted'));
    expect(await tried(openVault(store, works, randomBytes(32)), 'b', 'backup')).toBeInstanceOf(Damage);
  });
});
