// How a cluster stands, for a person: a row for each node.

import { showLsn } from '../postgres/lsn.ts';
import { showBytes, showDuration } from '../time.ts';
import { harmless } from './columns.ts';
import { showTime } from './numbers.ts';
import { type Json, plainData } from './plain-data.ts';
import type { ClusterStatus, NodeStatus } from './status-data.ts';
import { painter, type Style } from './style.ts';
import { type Column, table } from './table.ts';
import { hang } from './wrap.ts';

/** What is not known, or is not to be had on such a node. */
const none = '–';

const columns: readonly Column<NodeStatus>[] = [
  { title: 'node', below: 'stay', of: ({ node }) => node },
  { title: 'ssh', below: 'stay', of: ({ reachable }) => (reachable ? 'yes' : 'no') },
  { title: 'pg_isready', below: 'stay', of: ({ ready }) => ready ?? none },
  { title: 'role', below: 'stay', of: roleOf },
  { title: 'TL', below: 'stay', of: ({ timeline }) => (timeline === null ? none : String(timeline)) },
  { title: 'LSN', below: 1, of: ({ lsn }) => (lsn === null ? none : showLsn(lsn)) },
  { title: 'replay lag', below: 2, of: lagOf },
  { title: 'sync', below: 3, of: ({ sync }) => sync ?? none },
  {
    title: 'last transaction replayed',
    below: 4,
    of: ({ lastTransaction: at }) => (at === null ? none : showTime(at)),
  },
];

function roleOf({ role, replayPaused }: NodeStatus): string {
  if (role === null) return 'unknown';
  return replayPaused === true ? `${role}, replay paused` : role;
}

function lagOf({ lagBytes, lagTime }: NodeStatus): string {
  const parts = [
    ...(lagBytes === null ? [] : [showBytes(lagBytes)]),
    ...(lagTime === null ? [] : [showDuration(lagTime)]),
  ];
  return parts.length === 0 ? none : parts.join(', ');
}

/** Without a line feed at its end. */
export function statusText({ cluster, at, nodes }: ClusterStatus, { width, colour }: Style): string {
  const paint = painter(colour);
  const primaries = nodes.filter(({ role }) => role === 'primary');
  // A dash below a row would be a line that says nothing.
  const rows = table(
    columns.map(column => ({ ...column, of: (row: NodeStatus) => harmless(column.of(row)) })),
    nodes,
    width,
  ).filter(line => !line.endsWith(`: ${none}`));
  const remarks = nodes.flatMap(({ node, why, lock }) => [
    ...(why === null ? [] : hang(`${node}: `, why, width, paint.warn)),
    ...(lock === null ? [] : hang(`${node}: `, `held by run ${lock}`, width, paint.warn)),
  ]);
  return [
    ...hang('', `cluster ${cluster} · ${showTime(at)}`, width, paint.strong),
    ...rows,
    ...remarks,
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
