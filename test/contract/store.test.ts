// What every store must do, whichever it is.

import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { directoryStore } from '../../src/drivers/directory-store.ts';
import { memoryStore } from '../../src/drivers/memory-store.ts';
import { Fault } from '../../src/faults.ts';
import type { Store } from '../../src/repo/store.ts';

const folder = mkdtempSync(join(tmpdir(), 'lifeboat-store-'));
let count = 0;
const newFolder = (): string => join(folder, String((count += 1)), 'deep', 'repository');

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const stores: readonly [string, () => Store][] = [
  ['directory', () => directoryStore(newFolder())],
  ['memory', () => memoryStore()],
];

async function* pieces(...all: string[]): AsyncGenerator<Uint8Array> {
  for (const one of all) yield Buffer.from(one);
  await Promise.resolve();
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half');
  await Promise.resolve();
  throw new Error('the source broke');
}

const text = async (store: Store, name: string): Promise<string | undefined> => (await store.get(name))?.toString();
const names = async (store: Store, prefix = ''): Promise<string[]> =>
  (await store.list(prefix)).map(({ name }) => name);

describe.each(stores)('a %s store', (_kind, open) => {
  it('has nothing before anything is put', async () => {
    const store = open();
    expect(await store.get('a/b')).toBeUndefined();
    expect(await store.getRange('a/b', 0, 5)).toBeUndefined();
    expect(await store.list('')).toEqual([]);
    expect(await store.list('a/')).toEqual([]);
    await store.remove('a/b');
  });

  it('gives back what was put, whole and in parts, and replaces it', async () => {
    const store = open();
    await store.put('a/b', Buffer.from('0123456789'));
    expect(await text(store, 'a/b')).toBe('0123456789');
    expect((await store.getRange('a/b', 3, 4))?.toString()).toBe('3456');
    expect((await store.getRange('a/b', 8, 10))?.toString()).toBe('89');
    expect((await store.getRange('a/b', 20, 10))?.length).toBe(0);
    await store.put('a/b', pieces('new', '', ' bytes'));
    expect(await text(store, 'a/b')).toBe('new bytes');
    await store.put('empty', Buffer.alloc(0));
    expect((await store.get('empty'))?.length).toBe(0);
  });

  it('keeps what was there where the source of the new one breaks', async () => {
    const store = open();
    await store.put('a', Buffer.from('old'));
    await expect(store.put('a', broken())).rejects.toThrow('the source broke');
    await expect(store.putIfAbsent('b', broken())).rejects.toThrow('the source broke');
    expect(await text(store, 'a')).toBe('old');
    expect(await names(store)).toEqual(['a']);
  });

  it('lets only one put what was absent', async () => {
    const store = open();
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, at) => store.putIfAbsent('one', pieces(`by ${at}`))),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await text(store, 'one')).toBe(`by ${results.indexOf(true)}`);
    expect(await store.putIfAbsent('one', Buffer.from('late'))).toBe(false);
    expect(await text(store, 'one')).toBe(`by ${results.indexOf(true)}`);
  });

  it('lists in the order of the names, with sizes, whole words only', async () => {
    const store = open();
    for (const name of ['a/x', 'a-b', 'ab/y', 'a/b/c', 'a.b']) await store.put(name, Buffer.from(name));
    expect(await names(store)).toEqual(['a-b', 'a.b', 'a/b/c', 'a/x', 'ab/y']);
    expect(await names(store, 'a/')).toEqual(['a/b/c', 'a/x']);
    expect((await store.list('a/'))[0]?.size).toBe(5);
    await expect(store.list('a')).rejects.toThrow('prefix');
  });

  it('tells when a thing was put', async () => {
    const store = open();
    await store.put('a', Buffer.from('a'));
    const [seen] = await store.list('');
    expect(typeof seen?.at).toBe('number');
  });

  it('removes, and can put again where everything was removed', async () => {
    const store = open();
    await store.put('w/1/a', Buffer.from('a'));
    await store.put('w/2/b', Buffer.from('b'));
    await store.remove('w/1/a');
    await store.remove('w/1/a');
    expect(await names(store)).toEqual(['w/2/b']);
    await store.put('w/1/c', Buffer.from('c'));
    expect(await names(store, 'w/')).toEqual(['w/1/c', 'w/2/b']);
  });

  it('puts into a folder while others remove its last thing', async () => {
    const store = open();
    await Promise.all(
      Array.from({ length: 40 }, async (_, at) => {
        await store.put(`w/s/${at % 4}/${at}`, Buffer.from(`${at}`));
        if (at % 2 === 0) await store.remove(`w/s/${at % 4}/${at}`);
      }),
    );
    expect(await names(store)).toHaveLength(20);
  });

  it('grows things, which are there meanwhile, and goes on at their end', async () => {
    const store = open();
    const first = await store.append('p/one');
    expect(first.size).toBe(0);
    await first.write(Buffer.from('abc'));
    await first.write(Buffer.from('def'));
    await first.sync();
    expect(await text(store, 'p/one')).toBe('abcdef');
    expect(first.size).toBe(6);
    await first.close();
    const second = await store.append('p/one');
    expect(second.size).toBe(6);
    await second.truncate(4);
    await second.write(Buffer.from('X'));
    await second.sync();
    await second.close();
    expect(await text(store, 'p/one')).toBe('abcdX');
    expect(await names(store)).toEqual(['p/one']);
  });

  it.each(['', '/a', 'a/', 'a//b', '../a', 'a/../b', './a', 'a~b', 'ä', 'a b', 'a\0', 'x'.repeat(201)])(
    'refuses the name %j',
    async name => {
      await expect(open().put(name, Buffer.alloc(1))).rejects.toThrow('not a name');
      await expect(open().get(name)).rejects.toThrow('not a name');
    },
  );
});

describe('a directory store', () => {
  it('leaves nothing half-written behind, and never lists what a killed process left', async () => {
    const where = newFolder();
    const store = directoryStore(where);
    await store.put('a/b', Buffer.from('b'));
    await expect(store.put('a/c', broken())).rejects.toThrow();
    expect(await readdir(join(where, 'a'))).toEqual(['b']);
    const [young, old] = [join(where, 'a', 'd~0123456789ab'), join(where, 'a', 'e~0123456789ab')];
    await writeFile(young, 'half');
    await writeFile(old, 'half');
    const yesterday = Date.now() / 1000 - 25 * 3600;
    await utimes(old, yesterday, yesterday);
    expect(await names(store)).toEqual(['a/b']);
    expect((await readdir(join(where, 'a'))).sort()).toEqual(['b', 'd~0123456789ab']);
  });

  it('removes folders that have become empty, and not its own', async () => {
    const where = newFolder();
    const store = directoryStore(where);
    await store.put('w/1/a', Buffer.from('a'));
    await store.remove('w/1/a');
    expect(await readdir(where)).toEqual([]);
  });

  it('passes over what others have laid into it', async () => {
    const where = newFolder();
    const store = directoryStore(where);
    await store.put('a', Buffer.from('a'));
    await mkdir(join(where, 'lost+found'));
    await writeFile(join(where, 'a note'), '');
    expect(await names(store)).toEqual(['a']);
  });

  it('takes a folder for nothing where a thing is asked for', async () => {
    const store = directoryStore(newFolder());
    await store.put('a/b', Buffer.from('b'));
    expect(await store.get('a')).toBeUndefined();
    expect(await store.getRange('a', 0, 1)).toBeUndefined();
  });

  it('says which store, which name and what to do where the disk refuses', async () => {
    const where = newFolder();
    await mkdir(join(where, '..'), { recursive: true });
    await writeFile(where, 'a file where the repository should be');
    const failed = await directoryStore(where)
      .put('a/b', Buffer.from('b'))
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(Fault);
    expect(failed).toMatchObject({ code: 'failed' });
    expect((failed as Fault).message).toContain(where);
    expect((failed as Fault).message).toContain('"a/b"');
    expect((failed as Fault).hint).toMatch(/ls -ld/);
  });
});

describe('a memory store', () => {
  it('is full after so many bytes, keeps what was there, and has room again after something is removed', async () => {
    const store = memoryStore();
    await store.put('a', Buffer.alloc(10));
    store.room = 20;
    await expect(store.put('b', Buffer.alloc(21))).rejects.toMatchObject({ code: 'failed' });
    store.room = 5;
    await expect(store.put('b', Buffer.alloc(6))).rejects.toThrow('no space left');
    expect(await names(store)).toEqual(['a']);
    await store.remove('a');
    await store.put('b', Buffer.alloc(6));
  });

  it('loses in a power cut what was not synced', async () => {
    const store = memoryStore();
    const grown = await store.append('p');
    await grown.write(Buffer.from('synced'));
    await grown.sync();
    await grown.write(Buffer.from(' and not'));
    store.powerCut(unsynced => Math.min(2, unsynced));
    expect(await text(store, 'p')).toBe('synced a');
    await expect(grown.sync()).rejects.toThrow('power');
  });
});
