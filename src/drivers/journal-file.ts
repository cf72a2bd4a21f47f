// A journal in a file: lines are only ever added, and those that matter are on the disk before anybody goes on.

import { fdatasync, open as openFile, write } from 'node:fs';
import { mkdir, open, readFile, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Ledger } from '../ports.ts';

/**
 * For one writer at a time; lines are written in the order they were given. The file comes with the first line. A last line
 * without an end was torn by a crash in the middle of its write: it is not read, and cut off before the next one is added.
 */
export function fileLedger(path: string): Ledger {
  let file: Promise<number> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return {
    async append(line, durable) {
      if (line.includes('\n')) throw new Error('a line of the journal cannot hold a newline');
      const written = last.then(async () => {
        file ??= openForAppend(path);
        const descriptor = await file;
        let rest = Buffer.from(`${line}\n`);
        while (rest.length > 0) rest = rest.subarray((await writeTo(descriptor, rest)).bytesWritten);
        if (durable) await syncData(descriptor);
      });
      // A failed write is told to its caller; the next one may find room again.
      last = written.catch(() => undefined);
      await written;
    },
    async lines() {
      await last;
      return wholeLines(await read(path));
    },
  };
}

/** A bare descriptor, open for the life of this process: a FileHandle that is collected unclosed earns a warning. */
const [openAs, writeTo, syncData] = [promisify(openFile), promisify(write), promisify(fdatasync)];

async function openForAppend(path: string): Promise<number> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const descriptor = await openAs(path, 'a', 0o600);
  const text = await read(path);
  const torn = Buffer.byteLength(text.slice(text.lastIndexOf('\n') + 1));
  if (torn > 0) await truncate(path, Buffer.byteLength(text) - torn);
  // The name of a new file is on the disk only once its directory is.
  const directory = await open(dirname(path), 'r');
  await directory.sync().finally(() => directory.close());
  return descriptor;
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

const wholeLines = (text: string): string[] => text.split('\n').slice(0, -1);
