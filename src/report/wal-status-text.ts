// Which WAL is kept, for a person: a row for each stretch without a gap.

import { type Lsn, showLsn } from '../postgres/lsn.ts';
import { lastSegmentName, segmentName } from '../postgres/segment.ts';
import type { Timeline } from '../postgres/timeline.ts';
import { type Bytes, bytes, type Instant, showBytes } from '../time.ts';
import { showTime } from './numbers.ts';
import { painter, type Style } from './style.ts';
import { type Column, table } from './table.ts';
import { hang } from './wrap.ts';

export interface SlotSeen {
  readonly node: string;
  readonly name: string;
  readonly active: boolean;
  readonly restart: string;
  /** WAL that the server keeps for it. */
  readonly holds: Bytes;
  /** wal_status: `reserved`, `extended`, `unreserved`, `lost`. */
  readonly state: string;
  /** sync_state of its receiver; empty where none is connected. */
  readonly sync: string;
}

export interface StretchSeen {
  readonly timeline: Timeline;
  readonly from: Lsn;
  readonly to: Lsn;
  readonly partial: string | null;
  /** When the last of it came. */
  readonly last: Instant | null;
  /** Bytes per second, of the last segments. */
  readonly rate: number | null;
}

export interface WalStatus {
  readonly cluster: string;
  readonly repository: string;
  readonly segmentSize: Bytes;
  readonly receiver: { readonly owner: string; readonly pid: number; readonly since: Instant } | null;
  /** A sentence where it cannot be told. */
  readonly slot: SlotSeen | string;
  readonly stretches: readonly StretchSeen[];
  readonly gaps: readonly { readonly timeline: Timeline; readonly from: Lsn; readonly to: Lsn }[];
}

const columns = (size: number): readonly Column<StretchSeen>[] => [
  { title: 'TL', below: 'stay', of: ({ timeline }) => String(timeline) },
  { title: 'from', below: 'stay', of: ({ from }) => showLsn(from) },
  { title: 'to', below: 'stay', of: ({ to }) => showLsn(to) },
  {
    title: 'last segment',
    below: 2,
    of: ({ partial, timeline, to }) => (partial === null ? lastSegmentName(timeline, to, size) : `${partial}.partial`),
  },
  { title: 'rate', below: 3, of: ({ rate }) => (rate === null ? '' : `${showBytes(bytes(rate))}/s`) },
  { title: 'last received', below: 1, of: ({ last }) => (last === null ? '' : showTime(last)) },
];

/** Without a line feed at its end. */
export function walStatusText(status: WalStatus, { width, colour }: Style): string {
  const paint = painter(colour);
  const { cluster, repository, receiver, slot, stretches, gaps, segmentSize } = status;
  return [
    ...hang('', `WAL of cluster ${cluster} in ${repository}`, width, paint.strong),
    ...(stretches.length === 0 ? ['none is kept'] : table(columns(segmentSize), stretches, width)),
    ...gaps.flatMap(({ timeline, from, to }) => {
      const names = [segmentName(timeline, from, segmentSize), lastSegmentName(timeline, to, segmentSize)];
      const missing = names[0] === names[1] ? `${String(names[0])} is missing` : `${names.join(' to ')} are missing`;
      return hang(
        'gap: ',
        `${missing} (timeline ${String(timeline)}, ${showLsn(from)} to ${showLsn(to)}); no restore can cross it`,
        width,
        paint.bad,
      );
    }),
    receiver === null
      ? paint.warn('receiver: none runs (lifeboat wal receive)')
      : `receiver: runs as ${receiver.owner}, process ${String(receiver.pid)}, since ${showTime(receiver.since)}`,
    ...(typeof slot === 'string' ? hang('slot: ', slot, width, paint.warn) : hang('slot: ', slotText(slot), width)),
  ].join('\n');
}

function slotText({ node, name, active, restart, holds, state, sync }: SlotSeen): string {
  const who = active ? `in use${sync === '' ? '' : `, ${sync}`}` : 'NOT in use';
  return `"${name}" on ${node}: ${who}, holds back ${showBytes(holds)} from ${restart} on (${state})`;
}
