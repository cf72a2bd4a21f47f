// A time, a place of the WAL or a transaction, as the other two, for a person.

import { showLsn } from '../postgres/lsn.ts';
import type { At, Moment, PlacedEnd, PlacedPoint } from '../repo/moment.ts';
import { showMoment } from '../repo/target.ts';
import type { TransactionEnd } from '../repo/wal-kept.ts';
import { painter, type Style } from './style.ts';
import { type Column, table } from './table.ts';
import { hang } from './wrap.ts';

/** Without a line feed at its end. */
export function walAtText(cluster: string, at: At, { width, colour }: Style): string {
  const paint = painter(colour);
  const head = (text: string): string[] => hang('', text, width, paint.strong);
  switch (at.is) {
    case 'points':
      return [
        ...head(`restore points in the WAL that is kept of cluster ${cluster}`),
        ...(at.points.length === 0
          ? ['none; one is made with: SELECT pg_create_restore_point(NAME)']
          : table(columns, at.points, width)),
      ].join('\n');
    case 'xid':
      if (at.ends.length === 0)
        return hang(
          '',
          `transaction ${String(at.xid)} did not end in the WAL that is kept of cluster ${cluster}: it goes on, or ended before it, or after it`,
          width,
        ).join('\n');
      return at.ends.flatMap(end => hang('', endWords(end), width)).join('\n');
    case 'lsn':
    case 'time': {
      const what = at.is === 'lsn' ? `LSN ${showLsn(at.lsn)}` : showMoment(at.time);
      if (at.moments.length === 0)
        return hang('', `the WAL that is kept of cluster ${cluster} does not have ${what}`, width).join('\n');
      return at.moments
        .flatMap(moment => [...head(`${what} on timeline ${lineWords(moment)}`), ...momentLines(moment, width)])
        .join('\n');
    }
  }
}

const lineWords = ({ timeline, branch }: Pick<Moment, 'timeline' | 'branch'>): string =>
  `${String(timeline)}${branch === null ? '' : ` (which was left: --timeline ${String(branch)})`}`;

function momentLines({ before, after }: Moment, width: number): string[] {
  return [
    ...hang('  at or before  ', before === null ? 'none that is kept' : transactionWords(before), width),
    ...hang('  after         ', after === null ? 'none as far as WAL is kept' : transactionWords(after), width),
  ];
}

const transactionWords = ({ xid, committed, time, lsn }: TransactionEnd): string =>
  `transaction ${String(xid)}, ${committed ? 'committed' : 'rolled back'} ${showMoment(time)}, LSN ${showLsn(lsn)}`;

function endWords(end: PlacedEnd): string {
  const what =
    end.of === end.xid
      ? `transaction ${String(end.xid)}`
      : `transaction ${String(end.xid)}, a subtransaction of ${String(end.of)}`;
  const how = end.committed ? 'committed' : 'rolled back';
  return `${what}: ${how} ${showMoment(end.time)}, LSN ${showLsn(end.lsn)}, on timeline ${lineWords(end)}, in ${end.segment}`;
}

const columns: readonly Column<PlacedPoint>[] = [
  { title: 'name', below: 'stay', of: ({ name }) => name },
  { title: 'time', below: 'stay', of: ({ time }) => showMoment(time) },
  { title: 'LSN', below: 1, of: ({ lsn }) => showLsn(lsn) },
  { title: 'timeline', below: 2, of: point => lineWords(point) },
];
