// The way back as a plan shows it and a run must take it: which backup, along which timelines, to which end. Plain data.

import { showLsn } from '../postgres/lsn.ts';
import type { Bytes, Instant } from '../time.ts';
import { showBytes } from '../time.ts';
import type { Chosen, ExpectedEnd } from './choose.ts';
import type { BackupId } from './layout.ts';
import { showMoment } from './target.ts';

export interface RestoreWay {
  readonly backup: BackupId;
  /** What its files hold. */
  readonly size: Bytes;
  /** The one that recovery is told to follow. */
  readonly timeline: number;
  /** All that it passes, in order; the last is {@link timeline}. */
  readonly path: readonly number[];
  readonly end: {
    readonly is: ExpectedEnd['is'];
    readonly lsn: string;
    readonly time: Instant | null;
    readonly xid: number | null;
  };
}

export const wayOf = ({ backup, timeline, path, end }: Chosen): RestoreWay => ({
  backup: backup.id,
  size: backup.size,
  timeline,
  path: path.map(leg => leg.timeline),
  end: { is: end.is, lsn: showLsn(end.lsn), time: end.time, xid: end.xid },
});

/** `backup 20261121T031244Z-k3f9 (1.5 GB), then timeline 1 → 2 to just before transaction 742 (0/3000060, 2026-11-21 …)`. */
export const wayWords = ({ backup, size, path, end }: RestoreWay): string =>
  `backup ${backup} (${showBytes(size)}), then timeline ${path.join(' → ')} to ${endWords(end)}`;

function endWords({ is, lsn, time, xid }: RestoreWay['end']): string {
  const side = { before: 'just before ', after: 'just after ', at: '' }[is];
  if (xid === null) return `${side}${lsn}${time === null ? '' : ` (${showMoment(time)})`}`;
  return `${side}transaction ${String(xid)} (${lsn}${time === null ? '' : `, ${showMoment(time)}`})`;
}

/** Whether the one is the other: what recovery reads may have grown meanwhile, where it ends may not have moved. */
export const sameWay = (a: RestoreWay, b: RestoreWay): boolean =>
  a.backup === b.backup &&
  a.timeline === b.timeline &&
  a.path.join() === b.path.join() &&
  a.end.is === b.end.is &&
  a.end.lsn === b.end.lsn;
