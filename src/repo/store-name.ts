// Which names a store takes: what is safe as a path on every file system and as a key in every object store.

import { Fault } from '../faults.ts';
import type { StoreName } from './store.ts';

const word = /^[A-Za-z0-9._-]{1,200}$/;

/** Throws a plain Error: a name is made by this program and never typed, save for what {@link isStoreWord} has looked at. */
export function checkStoreName(name: StoreName): void {
  const words = name.split('/');
  if (name.length > 900 || !words.every(isStoreWord))
    throw new Error(`not a name for a store: ${JSON.stringify(name)}`);
}

/** A prefix is empty or whole words with `/` at the end. */
export function checkStorePrefix(prefix: string): void {
  if (prefix === '') return;
  if (!prefix.endsWith('/')) throw new Error(`not a prefix for a store: ${JSON.stringify(prefix)}`);
  checkStoreName(prefix.slice(0, -1));
}

/** One word of a name, without `/`. */
export const isStoreWord = (text: string): boolean => word.test(text) && text !== '.' && text !== '..';

/** What every store says where it fails: disk full, permission, a broken disk. `doing`: `write`, `read`, `list`, `remove`. */
export function storeFault(doing: string, where: string, name: string, cause: unknown): Fault {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  const [why, hint] = reasons[code]?.(where) ?? [
    cause instanceof Error ? cause.message : String(cause),
    `look at the file system of ${where}: df ${where}; dmesg | tail`,
  ];
  return new Fault('failed', `the repository ${where} cannot ${doing} "${name}": ${why} (${code})`, { cause, hint });
}

const reasons: Readonly<Record<string, ((where: string) => readonly [string, string]) | undefined>> = {
  ENOSPC: where => [
    'no space left on device',
    `make room: df -h ${where}, then lifeboat expire; run this again afterwards`,
  ],
  EDQUOT: where => ['the disk quota is used up', `make room or raise the quota: quota -s; df -h ${where}`],
  EACCES: where => ['permission denied', `who may write there: ls -ld ${where}; run lifeboat as that user`],
  EPERM: where => ['operation not permitted', `who may write there: ls -ld ${where}; lsattr -d ${where}`],
  EROFS: where => ['the file system is read-only', `why it is: findmnt -T ${where}; dmesg | tail`],
  EIO: where => [
    'the disk reports an error',
    `what the kernel says: dmesg | tail; nothing on ${where} is to be trusted until lifeboat verify has passed`,
  ],
  ENOTSUP: where => [
    'the file system has no hard links',
    `a repository needs a file system with hard links: findmnt -T ${where}`,
  ],
  EMFILE: () => ['too many open files', 'raise the limit: ulimit -n'],
  ENOTDIR: where => ['a part of its path is no directory', `look: ls -ld ${where}`],
};
