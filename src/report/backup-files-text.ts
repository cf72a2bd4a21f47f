// One entry of a backup as a line, in the manner of ls -l.

import type { BackupFile } from '../repo/backup.ts';
import { showTime } from './numbers.ts';
import { harmless } from './columns.ts';

const types = { file: '-', directory: 'd', link: 'l' } as const;

/** Bytes in full, so that a program can add them up. */
export function backupFileLine({ path, kind, target, size, mode, modified }: Omit<BackupFile, 'blocks'>): string {
  const time = showTime(new Date(modified * 1000).toISOString());
  const link = target === null ? '' : ` -> ${target}`;
  return `${types[kind]}${bits(mode)} ${String(size).padStart(11)} ${time} ${harmless(`${path}${link}`)}`;
}

const bits = (mode: number): string =>
  [6, 3, 0]
    .map(shift => ['r', 'w', 'x'].map((letter, at) => (mode & ((4 >> at) << shift) ? letter : '-')).join(''))
    .join('');
