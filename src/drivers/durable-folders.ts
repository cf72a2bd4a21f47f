// Directories whose entries survive a power cut: fsync of a file makes its bytes durable, never its name.

import { mkdir, open, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';

export class DurableFolders {
  readonly #root: string;
  /** Made and durable, with all above them up to the root, as far as this process has seen. */
  readonly #sure = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Does something that makes a file at `path`, and first makes its directory where that is missing. */
  async within<T>(path: string, act: () => Promise<T>): Promise<T> {
    const folder = dirname(path);
    if (!this.#sure.has(folder)) await this.#make(folder);
    // Another process may remove a directory that has become empty just now.
    for (let tries = 0; ; tries += 1) {
      try {
        return await act();
      } catch (error) {
        if (codeOf(error) !== 'ENOENT' || tries >= 10) throw error;
        await this.#make(folder);
      }
    }
  }

  /** No error where it has gone meanwhile. */
  async sync(folder: string): Promise<void> {
    const handle = await open(folder, 'r').catch((error: unknown) => {
      // Above the root we may be allowed to pass and not to read; there nothing is ours.
      if (codeOf(error) === 'ENOENT' || (codeOf(error) === 'EACCES' && !this.#isOurs(folder))) return undefined;
      throw error;
    });
    if (handle === undefined) return;
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  /** Removes directories that have become empty, below the root: WAL of years would leave one for every 4 GB. */
  async prune(folder: string): Promise<void> {
    for (let at = folder; at !== this.#root && this.#isOurs(at); at = dirname(at)) {
      this.#sure.delete(at);
      try {
        await rmdir(at);
      } catch {
        return;
      }
    }
  }

  async #make(folder: string): Promise<void> {
    const first = await mkdir(folder, { recursive: true, mode: 0o750 });
    // Up to the root also where all were there before: whoever made them may have died before its fsync.
    const top = first !== undefined && !first.startsWith(`${this.#root}/`) ? dirname(first) : this.#root;
    for (let at = folder; ; at = dirname(at)) {
      await this.sync(at);
      if (at === top) break;
    }
    this.#sure.add(folder);
  }

  #isOurs(folder: string): boolean {
    return folder === this.#root || folder.startsWith(`${this.#root}/`);
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';
