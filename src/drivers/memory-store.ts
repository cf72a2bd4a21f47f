// A store in memory, for tests: as careful as a real one, and it can be made to fail, to be full, and to lose what was not synced.

import { Fault } from '../faults.ts';
import { checkStoreName, checkStorePrefix, storeFault } from '../repo/store-name.ts';
import type { Content, Growing, Store, StoreName } from '../repo/store.ts';
import { bytes } from '../time.ts';

export interface MemoryStore extends Store {
  /** Bytes that may still be written; then the disk is full. */
  room: number;
  /** Asked before each call: what it returns is thrown. */
  trouble: ((doing: 'write' | 'read' | 'list' | 'remove' | 'sync', name: StoreName) => Fault | undefined) | undefined;
  /** Milliseconds since 1970, for {@link Stored.at}. */
  clock: () => number;
  /** What is there, as another process would see it. */
  readonly things: Map<StoreName, Buffer>;
  /** What was appended and not synced is gone, all but as many bytes of it as `kept` says. Nothing that grew can be written any more. */
  powerCut(kept?: (unsynced: number) => number): void;
}

interface Thing {
  content: Buffer;
  synced: number;
  at: number;
}

export function memoryStore(where = 'memory'): MemoryStore {
  const all = new Map<StoreName, Thing>();
  let life = 0;

  const meet = (doing: 'write' | 'read' | 'list' | 'remove' | 'sync', name: StoreName): void => {
    const fault = store.trouble?.(doing, name);
    if (fault) throw fault;
  };
  const take = (name: StoreName, length: number): void => {
    if (length > store.room) {
      store.room = 0;
      throw storeFault('write', where, name, Object.assign(new Error('full'), { code: 'ENOSPC' }));
    }
    store.room -= length;
  };
  const whole = async (name: StoreName, content: Content): Promise<Buffer> => {
    const pieces: Uint8Array[] = [];
    let used = 0;
    try {
      for await (const piece of content instanceof Uint8Array ? [content] : content) {
        take(name, piece.length);
        used += piece.length;
        pieces.push(Buffer.from(piece));
      }
    } catch (error) {
      store.room += used;
      throw error;
    }
    return Buffer.concat(pieces);
  };
  const place = (name: StoreName, content: Buffer): void => {
    store.room += all.get(name)?.content.length ?? 0;
    all.set(name, { content, synced: content.length, at: store.clock() });
  };

  const store: MemoryStore = {
    where,
    room: Infinity,
    trouble: undefined,
    clock: () => 0,
    get things() {
      return new Map([...all].map(([name, { content }]) => [name, content]));
    },
    powerCut(kept = () => 0) {
      life += 1;
      for (const thing of all.values()) {
        thing.content = thing.content.subarray(0, thing.synced + kept(thing.content.length - thing.synced));
        thing.synced = thing.content.length;
      }
    },
    async put(name, content) {
      checkStoreName(name);
      meet('write', name);
      place(name, await whole(name, content));
    },
    async putIfAbsent(name, content) {
      checkStoreName(name);
      meet('write', name);
      if (all.has(name)) return false;
      const written = await whole(name, content);
      if (all.has(name)) return false;
      place(name, written);
      return true;
    },
    async get(name) {
      checkStoreName(name);
      meet('read', name);
      const thing = all.get(name);
      return Promise.resolve(thing && Buffer.from(thing.content));
    },
    async getRange(name, offset, length) {
      checkStoreName(name);
      meet('read', name);
      const thing = all.get(name);
      return Promise.resolve(thing && Buffer.from(thing.content.subarray(offset, offset + length)));
    },
    async list(prefix) {
      checkStorePrefix(prefix);
      meet('list', prefix);
      const names = [...all]
        .filter(([name]) => name.startsWith(prefix))
        .sort(([one], [other]) => (one < other ? -1 : 1));
      return Promise.resolve(names.map(([name, { content, at }]) => ({ name, size: bytes(content.length), at })));
    },
    async remove(name) {
      checkStoreName(name);
      meet('remove', name);
      store.room += all.get(name)?.content.length ?? 0;
      all.delete(name);
      return Promise.resolve();
    },
    async append(name) {
      checkStoreName(name);
      meet('write', name);
      const thing = all.get(name) ?? { content: Buffer.alloc(0), synced: 0, at: store.clock() };
      all.set(name, thing);
      return Promise.resolve(growing(name, thing));
    },
  };

  const growing = (name: StoreName, thing: Thing): Growing => {
    const mine = life;
    const alive = (): void => {
      if (mine !== life) throw new Fault('failed', `the power was cut while "${name}" grew`);
    };
    return {
      get size() {
        return thing.content.length;
      },
      async write(piece) {
        alive();
        meet('write', name);
        const fits = Math.min(piece.length, store.room);
        thing.content = Buffer.concat([thing.content, piece.subarray(0, fits)]);
        thing.at = store.clock();
        // As a disk does: what still found room is there.
        if (fits < piece.length) take(name, piece.length);
        store.room -= fits;
        return Promise.resolve();
      },
      async sync() {
        alive();
        meet('sync', name);
        thing.synced = thing.content.length;
        return Promise.resolve();
      },
      async truncate(size) {
        alive();
        store.room += thing.content.length - size;
        thing.content = thing.content.subarray(0, size);
        thing.synced = Math.min(thing.synced, size);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    };
  };
  return store;
}
