// A repository in a directory: what is put is there as a whole and for good, or not at all.

import { randomBytes } from 'node:crypto';
import { fstatSync } from 'node:fs';
import {
  constants,
  type FileHandle,
  link,
  lstat,
  open,
  readdir,
  readFile,
  rename,
  stat,
  unlink,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { bytes } from '../time.ts';
import { checkStoreName, checkStorePrefix, storeFault } from '../repo/store-name.ts';
import type { Content, Growing, Store, Stored, StoreName } from '../repo/store.ts';
import { DurableFolders } from './durable-folders.ts';
import { growingFile } from './growing-file.ts';

/** No name of a store has a `~`: what is half-written is never taken for something that was put. */
const unfinished = '~';
/** Longer than any stream stands still. Only a killed process leaves something behind. */
const forgotten = 24 * 3_600_000;

/** The directory itself is made with the first thing that is put. */
export function directoryStore(path: string): Store {
  const where = resolve(path);
  const folders = new DurableFolders(where);
  const pathOf = (name: StoreName): string => {
    checkStoreName(name);
    return join(where, name);
  };
  const told = async <T>(doing: string, name: StoreName, act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      throw isSystemError(error) ? storeFault(doing, where, name, error) : error;
    }
  };

  /** Writes all of it beside its place, then lets `settle` bring it there. */
  const written = async (path: string, content: Content, settle: (temporary: string) => Promise<boolean>) => {
    const temporary = `${path}${unfinished}${randomBytes(6).toString('hex')}`;
    const file = await folders.within(path, () => open(temporary, 'wx', 0o640));
    try {
      try {
        await fill(file, content);
        // A file whose name is durable and whose bytes are not would be a backup that is there and is none.
        await file.datasync();
      } finally {
        await file.close();
      }
      return await settle(temporary);
    } catch (error) {
      await unlink(temporary).catch(() => undefined);
      throw error;
    }
  };

  return {
    where,
    put: (name, content) =>
      told('write', name, async () => {
        const path = pathOf(name);
        await written(path, content, async temporary => {
          await rename(temporary, path);
          return true;
        });
        await folders.sync(dirname(path));
      }),
    putIfAbsent: (name, content) =>
      told('write', name, async () => {
        const path = pathOf(name);
        const put =
          (await sizeOf(path)) === undefined &&
          (await written(path, content, async temporary => {
            // rename(2) would replace what another process has put meanwhile; link(2) refuses.
            const linked = await link(temporary, path).then(
              () => true,
              (error: unknown) => {
                if (codeOf(error) === 'EEXIST') return false;
                throw error;
              },
            );
            await unlink(temporary);
            return linked;
          }));
        // Also where it was there already: whoever put it may have died before its name was durable.
        await folders.sync(dirname(path));
        return put;
      }),
    get: name => told('read', name, () => unlessAbsent(() => readFile(pathOf(name)))),
    getRange: (name, offset, length) =>
      told('read', name, () =>
        unlessAbsent(async () => {
          const file = await open(pathOf(name), 'r');
          try {
            // No more than there is: 4 MB of memory for each summary of a kilobyte let V8 collect garbage for a quarter of a small backup's time. Of what was
            // just opened the size is known without waiting.
            const there = Math.max(0, fstatSync(file.fd).size - offset);
            return await readRange(file, offset, Math.min(length, there));
          } finally {
            await file.close();
          }
        }),
      ),
    list: prefix =>
      told('list', prefix, async () => {
        checkStorePrefix(prefix);
        const found: Stored[] = [];
        await walk(where, prefix, found);
        return found.sort((one, other) => (one.name < other.name ? -1 : 1));
      }),
    remove: name =>
      told('remove', name, async () => {
        const path = pathOf(name);
        if ((await unlessAbsent(() => unlink(path).then(() => true))) === undefined) return;
        await folders.sync(dirname(path));
        await folders.prune(dirname(path));
      }),
    append: name =>
      told('write', name, async (): Promise<Growing> => {
        const path = pathOf(name);
        const file = await folders.within(path, () => open(path, openToGrow, 0o640));
        try {
          await folders.sync(dirname(path));
          return await growingFile(file, error => storeFault('write', where, name, error));
        } catch (error) {
          await file.close();
          throw error;
        }
      }),
  };
}

/** O_RDWR | O_CREAT: neither `r+`, which wants it to be there, nor `a`, which cannot write where something was cut off. */
const openToGrow = constants.O_RDWR | constants.O_CREAT;

async function fill(file: FileHandle, content: Content): Promise<void> {
  if (content instanceof Uint8Array) {
    await file.writeFile(content);
    return;
  }
  for await (const piece of content) await writeAll(file, piece);
}

async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  // A full disk takes a part and says so only at the next write.
  for (let at = 0; at < piece.length;) at += (await file.write(piece, at, piece.length - at, null)).bytesWritten;
}

async function readRange(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let at = 0;
  while (at < length) {
    const { bytesRead } = await file.read(buffer, at, length - at, offset + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return buffer.subarray(0, at);
}

async function walk(where: string, prefix: string, found: Stored[]): Promise<void> {
  const folder = join(where, prefix);
  const entries = (await unlessAbsent(() => readdir(folder, { withFileTypes: true }))) ?? [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await walk(where, `${prefix}${entry.name}/`, found);
    else if (entry.name.includes(unfinished)) await dropForgotten(path);
    else if (entry.isFile() && isListed(entry.name)) {
      // It may be removed while we look: then it is not there.
      const seen = await unlessAbsent(() => stat(path));
      if (seen) found.push({ name: `${prefix}${entry.name}`, size: bytes(seen.size), at: seen.mtimeMs });
    }
  }
}

/** What somebody else laid here (`lost+found`, an editor's file) is not ours. */
const isListed = (name: string): boolean => /^[A-Za-z0-9._-]+$/.test(name);

async function dropForgotten(path: string): Promise<void> {
  const seen = await lstat(path).catch(() => undefined);
  if (seen !== undefined && Date.now() - seen.mtimeMs > forgotten) await unlink(path).catch(() => undefined);
}

async function sizeOf(path: string): Promise<number | undefined> {
  return unlessAbsent(async () => (await stat(path)).size);
}

async function unlessAbsent<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (['ENOENT', 'EISDIR'].includes(codeOf(error))) return undefined;
    throw error;
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';
const isSystemError = (error: unknown): boolean =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
