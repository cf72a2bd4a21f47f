// Restores into a directory of this machine: many blocks at once, each at its place; of what is there only what differs is written.

import { closeSync, constants, fchmodSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readlink, rm, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '../faults.ts';
import { blockSize } from '../repo/backup.ts';
import type { Entry, Places, RestoreTarget, TellWritten, Written } from '../repo/restore-target.ts';
import type { Works } from '../repo/works.ts';
import { bytes } from '../time.ts';
import { atOnce } from './at-once.ts';
import { BlockHashes } from './block-hashes.ts';
import { localShell } from './local.ts';
import { type PlaceGuard, shellTarget } from './restore-shell.ts';
import { Writeback } from './writeback.ts';

/** Enough to keep the thread pool busy; each block under way takes up to three times its size. */
const [files, blocks] = [6, 2];

/** Half of a cluster's files, and next to none of its bytes: to ask the thread pool four times for each costs more than to do it at once. */
const smallFile = 64 * 1024;
const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;

export function localTarget(places: Places, works: Pick<Works, 'hash'>, guard?: PlaceGuard): RestoreTarget {
  const place = { shell: localShell(), places, where: places.data, ...(guard && { guard }) };
  return shellTarget(place, async (entries, { delta }, tell) => {
    const filling = new Filling(places.data, works, delta, tell);
    const rest = filling.directoriesFirst(entries);
    try {
      await atOnce(rest, files, entry => filling.put(entry));
      return filling.done();
    } finally {
      await filling.close();
    }
  });
}

class Filling {
  readonly #data: Buffer;
  readonly #works: Pick<Works, 'hash'>;
  readonly #delta: boolean;
  readonly #tell: TellWritten;
  readonly #hashes = new BlockHashes();
  readonly #writeback = new Writeback();
  #written = 0;
  #same = 0;

  constructor(data: string, works: Pick<Works, 'hash'>, delta: boolean, tell: TellWritten) {
    this.#data = Buffer.from(`${data}/`);
    this.#works = works;
    this.#delta = delta;
    this.#tell = tell;
  }

  done(): Written {
    return { written: bytes(this.#written), same: bytes(this.#same) };
  }

  close(): Promise<void> {
    return this.#hashes.close();
  }

  /** Directories are made here, at once: what is in them is given to others only afterwards. */
  async *directoriesFirst(entries: AsyncIterable<Entry>): AsyncGenerator<Entry> {
    for await (const entry of entries) {
      if (entry.kind === 'directory') await told(entry, () => makeDirectory(this.#pathOf(entry), entry.mode));
      else yield entry;
    }
  }

  put(entry: Entry): Promise<void> {
    const path = this.#pathOf(entry);
    return told(entry, () => {
      if (entry.kind === 'link') return putLink(path, entry.target ?? '');
      if (entry.size > smallFile) return this.#putFile(path, entry);
      return this.#delta ? this.#putSmallAgain(path, entry) : this.#putSmall(path, entry);
    });
  }

  async #putSmallAgain(path: Buffer, entry: Entry): Promise<void> {
    if (await this.#isThere(path, entry)) {
      this.#same += entry.size;
      this.#tell(this.done());
    } else await this.#putFile(path, entry);
  }

  /** As it is, to its last byte. Whatever else stands there is for {@link openFile}. */
  async #isThere(path: Buffer, { size, mode, hashes }: Entry): Promise<boolean> {
    const file = opened(path);
    if (file === undefined) return false;
    try {
      if (fstatSync(file).size !== size || (size > 0 && hashes?.[0] === undefined)) return false;
      const found = Buffer.allocUnsafe(size);
      for (let done = 0; done < size;) {
        const read = readSync(file, found, done, size - done, done);
        if (read === 0) return false;
        done += read;
      }
      if (size > 0 && hashes?.[0]?.equals(await this.#works.hash(found)) !== true) return false;
      fchmodSync(file, mode);
      return true;
    } finally {
      closeSync(file);
    }
  }

  async #putSmall(path: Buffer, entry: Entry): Promise<void> {
    const raw = entry.size === 0 ? Buffer.alloc(0) : await entry.piece(0);
    const file = openSync(path, flags | constants.O_TRUNC, entry.mode);
    try {
      fchmodSync(file, entry.mode);
      for (let done = 0; done < raw.length;) done += writeSync(file, raw, done);
    } finally {
      closeSync(file);
    }
    this.#written += raw.length;
    this.#tell(this.done());
  }

  async #putFile(path: Buffer, entry: Entry): Promise<void> {
    const file = await openFile(path, entry.mode, this.#delta ? 0 : constants.O_TRUNC);
    try {
      await file.chmod(entry.mode);
      const there = this.#delta ? (await file.stat()).size : 0;
      if (there > entry.size) await file.truncate(entry.size);
      const count = Math.ceil(entry.size / blockSize);
      await atOnce(Array(count).keys(), blocks, index => this.#putBlock(file, entry, index, there));
      await this.#writeback.left(file);
    } finally {
      await file.close();
    }
  }

  async #putBlock(file: FileHandle, entry: Entry, index: number, there: number): Promise<void> {
    const at = index * blockSize;
    const length = Math.min(blockSize, entry.size - at);
    const wanted = entry.hashes?.[index];
    if (wanted !== undefined && there >= at + length && (await this.#hashes.of(file.fd, at, length)).equals(wanted)) {
      this.#same += length;
    } else {
      const raw = await entry.piece(index);
      await writeAll(file, raw, at);
      this.#writeback.wrote(file, length);
      this.#written += length;
    }
    this.#tell(this.done());
  }

  #pathOf({ path, encoded }: Entry): Buffer {
    return Buffer.concat([this.#data, Buffer.from(path, encoded ? 'latin1' : 'utf8')]);
  }
}

async function writeAll(file: FileHandle, raw: Buffer, at: number): Promise<void> {
  for (let done = 0; done < raw.length;) {
    const { bytesWritten } = await file.write(raw, done, raw.length - done, at + done);
    done += bytesWritten;
  }
}

/** Undefined where there is no plain file that can be written. */
function opened(path: Buffer): number | undefined {
  try {
    return openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
  } catch {
    return undefined;
  }
}

/** A link or a directory that stands in the way goes; a link is never written through. */
async function openFile(path: Buffer, mode: number, also: number): Promise<FileHandle> {
  try {
    return await open(path, flags | also, mode | 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') await mkdir(parentOf(path), { recursive: true, mode: 0o700 });
    else if (code === 'ELOOP' || code === 'EISDIR') await rm(path, { recursive: true, force: true });
    else throw error;
    return open(path, flags | also, mode | 0o600);
  }
}

const parentOf = (path: Buffer): Buffer => Buffer.from(dirname(path.toString('latin1')), 'latin1');

async function makeDirectory(path: Buffer, mode: number): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (there && !there.isDirectory()) await rm(path, { force: true });
  await mkdir(path, { recursive: true, mode });
}

async function putLink(path: Buffer, target: string): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) === target) return;
  await rm(path, { recursive: true, force: true });
  await symlink(target, path);
}

async function told(entry: Entry, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string' || error instanceof Fault) throw error;
    const hint = code === 'ENOSPC' ? { hint: 'make room; the same command again goes on where this one was' } : {};
    throw new Fault('failed', `${entry.path} cannot be written: ${(error as Error).message}`, {
      ...hint,
      cause: error,
    });
  }
}
