// One backup, for a person.

import { showLsn } from '../postgres/lsn.ts';
import type { Backup } from '../repo/backup.ts';
import { between, bytes, showBytes, showDuration } from '../time.ts';
import type { BackupRow } from './backups-data.ts';
import { provenWords, reachWords, statusWord } from './backups-text.ts';
import { harmless } from './columns.ts';
import { showTime } from './numbers.ts';
import { type Json, plainData } from './plain-data.ts';
import { painter, type Style } from './style.ts';
import { hang } from './wrap.ts';

/** Without a line feed at its end. */
export function backupText(row: BackupRow, { width, colour }: Style): string {
  const paint = painter(colour);
  const { backup } = row;
  const { started, stopped, timeline, start, stop, tablespaces } = backup;
  const own = backup.packs.filter(pack => pack.includes(backup.id)).length;
  const lines: readonly (readonly [string, string])[] = [
    ['status', statusWord(row)],
    ...(backup.damaged === null ? [] : [['failed', backup.damaged] as const]),
    ...(backup.label === backup.id ? [] : [['label', backup.label] as const]),
    ['from', `${backup.from}, a ${backup.role} of PostgreSQL ${backup.version}, system identifier ${backup.systemId}`],
    ['taken', `${showTime(started)} to ${showTime(stopped)} (${showDuration(between(started, stopped))})`],
    ['WAL', `${showLsn(start)} to ${showLsn(stop)} on timeline ${String(timeline)}`],
    ['reaches', reachWords(row) || 'nowhere: the WAL that it needs is not kept'],
    ['proven', provenWords(row) || 'never: lifeboat verify'],
    ['size', `${showBytes(backup.size)} in ${String(backup.files)} files`],
    ['added', `${showBytes(backup.added)}: ${blocksWords(backup)}`],
    ['packs', `${String(backup.packs.length)}, ${String(own)} of its own`],
    ...tablespaces.map(({ oid, name, location }) => ['tablespace', `${name ?? oid} at ${location}`] as const),
  ];
  const wide = Math.max(...lines.map(([title]) => title.length));
  return [
    ...hang('', `backup ${backup.id} of cluster ${backup.cluster}`, width, paint.strong),
    ...lines.flatMap(([title, words]) => hang(`  ${title.padEnd(wide)}  `, harmless(words), width)),
  ].join('\n');
}

/** `1 200 blocks: 30 stored, 100 patched, 1 070 as before`. */
export function blocksWords({ blocks: { all, stored, patched, same } }: Pick<Backup, 'blocks'>): string {
  const parts = [
    `${String(stored)} stored`,
    ...(patched > 0 ? [`${String(patched)} patched`] : []),
    ...(same > 0 ? [`${String(same)} as before`] : []),
  ];
  return `of ${String(all)} blocks ${parts.join(', ')}`;
}

/** What a backup says when it is over. */
export function backupDone(backup: Backup, { width, colour }: Style): string {
  const paint = painter(colour);
  const { id, size, added, started, stopped, damaged } = backup;
  const took = between(started, stopped);
  const rate = took > 0 ? `, ${showBytes(bytes((size / took) * 1000))}/s` : '';
  const words = `backup ${id}: ${showBytes(size)} in ${showDuration(took)}${rate}; ${showBytes(added)} added, ${blocksWords(backup)}`;
  const end = `WAL from ${showLsn(backup.start)} to ${showLsn(backup.stop)} on timeline ${String(backup.timeline)}`;
  return [
    ...hang('', words, width, damaged === null ? paint.good : paint.bad),
    ...hang('', end, width),
    ...(damaged === null
      ? []
      : hang(
          '',
          `failed: ${harmless(damaged)}. It is kept for inspection and never offered for a restore.`,
          width,
          paint.bad,
        )),
  ].join('\n');
}

export const backupJson = ({ backup, ...row }: BackupRow): Json => plainData({ ...backup, ...row });
