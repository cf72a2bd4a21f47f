// The backups of a cluster, for a person: a row for each, newest last.

import { showLsn } from '../postgres/lsn.ts';
import { showBytes } from '../time.ts';
import type { BackupRow, BackupsFound } from './backups-data.ts';
import { harmless } from './columns.ts';
import { showTime } from './numbers.ts';
import { type Json, plainData } from './plain-data.ts';
import { painter, type Style } from './style.ts';
import { type Column, table } from './table.ts';
import { hang } from './wrap.ts';

const columns: readonly Column<BackupRow>[] = [
  { title: 'id', below: 'stay', of: ({ backup }) => backup.id },
  { title: 'taken', below: 1, of: ({ backup }) => showTime(backup.stopped) },
  { title: 'from', below: 2, of: ({ backup }) => `${backup.from} (${backup.role})` },
  { title: 'size', below: 'stay', of: ({ backup }) => showBytes(backup.size) },
  { title: 'added', below: 'stay', of: ({ backup }) => showBytes(backup.added) },
  { title: 'status', below: 'stay', of: row => statusWord(row) },
  { title: 'reaches', below: 3, of: row => reachWords(row) },
  { title: 'proven', below: 5, of: row => provenWords(row) },
  { title: 'label', below: 4, of: ({ backup }) => (backup.label === backup.id ? '' : backup.label) },
];

/** Without a line feed at its end. */
export function backupsText({ cluster, repository, backups, damaged }: BackupsFound, { width, colour }: Style): string {
  const paint = painter(colour);
  const rows = table(
    columns.map(column => ({ ...column, of: (row: BackupRow) => harmless(column.of(row)) })),
    backups,
    width,
  );
  return [
    ...hang('', `cluster ${cluster} · ${repository}`, width, paint.strong),
    ...(backups.length === 0 ? hang('', 'No backups. Take one: lifeboat backup', width) : rows),
    ...backups.flatMap(({ backup, reaches, proof }) => [
      ...(backup.damaged === null
        ? []
        : hang(`${backup.id}: `, `failed: ${harmless(backup.damaged)}`, width, paint.bad)),
      ...(proof?.ok === false
        ? hang(`${backup.id}: `, `could not be proven: ${harmless(proof.what)}`, width, paint.bad)
        : []),
      ...(reaches === null && backup.status === 'ok'
        ? hang(`${backup.id}: `, 'the WAL that it needs is not kept: it cannot be restored', width, paint.bad)
        : []),
    ]),
    ...damaged.flatMap(({ id, why }) => hang(`${id}: `, `its summary cannot be read: ${why}`, width, paint.bad)),
  ].join('\n');
}

export const statusWord = ({ backup, kept }: Pick<BackupRow, 'backup' | 'kept'>): string =>
  `${backup.status === 'ok' ? 'OK' : 'failed'}${kept ? ', kept' : ''}`;

/** `0/5000100 on timeline 2`; empty where its own WAL is not kept. */
export const reachWords = ({ reaches }: Pick<BackupRow, 'reaches'>): string =>
  reaches === null ? '' : `${showLsn(reaches.lsn)} on timeline ${String(reaches.timeline)}`;

/** `2026-11-21 03:12:44Z (read)`; empty where it never was. */
export const provenWords = ({ proof }: Pick<BackupRow, 'proof'>): string =>
  proof === null ? '' : `${showTime(proof.at)} (${proof.how}${proof.ok ? '' : ': FAILED'})`;

/** LSNs as text, sizes in bytes. */
export const backupsJson = ({ backups, ...found }: BackupsFound): Json =>
  plainData({ ...found, backups: backups.map(({ backup, ...row }) => ({ ...backup, ...row })) });
