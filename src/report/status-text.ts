// How a cluster stands, for a person: a row for each node.

import { showLsn } from '../postgres/lsn.ts';
import { showBytes, showDuration } from '../time.ts';
import { harmless } from './columns.ts';
import { showTime } from './numbers.ts';
import { type Json, plainData } from './plain-data.ts';
import { keptLines } from './status-kept-text.ts';
import { provenLines } from './status-proven-text.ts';
import type { ClusterStatus, NodeStatus } from './status-data.ts';
import { painter, type Style } from './style.ts';
import { type Column, table } from './table.ts';
import { hang } from './wrap.ts';

const columns: readonly Column<NodeStatus>[] = [
  { title: 'node', below: 'stay', of: ({ node }) => node },
  { title: 'ssh', below: 'stay', of: ({ reachable }) => (reachable ? 'yes' : 'no') },
  { title: 'pg_isready', below: 'stay', of: ({ ready }) => ready ?? '' },
  { title: 'role', below: 'stay', of: ({ role }) => role ?? 'unknown' },
  { title: 'TL', below: 'stay', of: ({ timeline }) => (timeline === null ? '' : String(timeline)) },
  { title: 'LSN', below: 1, of: ({ lsn }) => (lsn === null ? '' : showLsn(lsn)) },
  { title: 'replay lag', below: 2, of: lagOf },
  { title: 'sync', below: 3, of: ({ sync }) => sync ?? '' },
  {
    title: 'last transaction replayed',
    below: 4,
    of: ({ lastTransaction: at }) => (at === null ? '' : showTime(at)),
  },
];

function lagOf({ lagBytes, lagTime }: NodeStatus): string {
  const parts = [
    ...(lagBytes === null ? [] : [showBytes(lagBytes)]),
    ...(lagTime === null ? [] : [showDuration(lagTime)]),
  ];
  return parts.join(', ');
}

/** Without a line feed at its end. */
export function statusText(
  { cluster, at, nodes, owed, backup, proven }: ClusterStatus,
  { width, colour }: Style,
): string {
  const paint = painter(colour);
  const inColour = { owed: paint.warn, paid: paint.dim, 'second-primary': paint.bad };
  const primaries = nodes.filter(({ role }) => role === 'primary');
  const rows = table(
    columns.map(column => ({ ...column, of: (row: NodeStatus) => harmless(column.of(row)) })),
    nodes,
    width,
  );
  const remarks = nodes.flatMap(({ node, why, fence, lock, replayPaused }) => [
    ...(why === null ? [] : hang(`${node}: `, why, width, paint.warn)),
    ...(fence === null ? [] : hang(`${node}: `, `fenced: ${fence}`, width, paint.warn)),
    ...(replayPaused === true ? hang(`${node}: `, 'replay is paused', width, paint.warn) : []),
    ...(lock === null ? [] : hang(`${node}: `, `held by run ${lock}`, width, paint.warn)),
  ]);
  return [
    ...hang('', `cluster ${cluster} · ${showTime(at)}`, width, paint.strong),
    ...rows,
    ...remarks,
    ...(backup === undefined ? [] : keptLines(backup, { width, colour })),
    ...provenLines(proven, { width, colour }),
    ...owed.flatMap(({ is, words }) => hang('', words, width, inColour[is])),
    ...headCount(primaries).flatMap(words => hang('', words, width, paint.bad)),
  ].join('\n');
}

/** The two things about a cluster that must never be overlooked. */
function headCount(primaries: readonly NodeStatus[]): string[] {
  if (primaries.length === 0) return ['No node says that it is a primary.'];
  if (primaries.length === 1) return [];
  return [`${primaries.map(({ node }) => node).join(' and ')} say that they are primaries: the data may diverge.`];
}

/** The same data; LSNs as text, durations in milliseconds. */
export const statusJson = (status: ClusterStatus): Json => plainData(status);
