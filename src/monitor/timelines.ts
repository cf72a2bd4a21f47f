// One tree of timelines over all that was found: where each forked off, who is on it, who has WAL beyond a fork, what belongs to nobody.

import type { NodeName } from '../ports.ts';
import { compareLsn, type Lsn, lsn, lsnDiff } from '../postgres/lsn.ts';
import { parseSegmentName, segmentStart } from '../postgres/segment.ts';
import type { Timeline } from '../postgres/timeline.ts';
import type { Bytes, Instant } from '../time.ts';
import { BranchBook, type Draft } from './timeline-branches.ts';
import type { Standing, TimelineFacts, WalPlace } from './timeline-places.ts';
import { timelineProblems, type TimelineProblem } from './timeline-problems.ts';

export interface TimelineTree {
  /** Where nothing is amiss it is one: timeline 1. */
  readonly roots: readonly Branch[];
  /** Name of the branch that the only primary is on. */
  readonly current: string | null;
  readonly problems: readonly TimelineProblem[];
}

export interface Branch {
  /** `2`; or `2a` and `2b`, where two timelines bear the number. */
  readonly name: string;
  readonly timeline: Timeline;
  /** The first position of its own; null for one that nothing says the origin of. */
  readonly fork: Lsn | null;
  /** What PostgreSQL noted when it began. */
  readonly reason: string | null;
  /** The earliest date of its history file. */
  readonly begun: Instant | null;
  /** Who has its history file: `node1 pg_wal`, `node2 archive`. */
  readonly files: readonly string[];
  /** The primary is on it or came over it. */
  readonly current: boolean;
  readonly on: readonly OnBranch[];
  /** WAL of its parent beyond the point where it forked off: whoever has it cannot follow without a rewind. */
  readonly beyond: readonly Beyond[];
  readonly children: readonly Branch[];
}

export type OnBranch = Pick<Standing, 'node' | 'role' | 'end'>;

export interface Beyond {
  readonly node: NodeName;
  /** In an archive only segments count that begin behind the fork: the one it lies in was filled up at a clean stop, too. */
  readonly in: 'server' | 'archive';
  readonly bytes: Bytes;
}

/** Never throws, whatever the files say. */
export function timelineTree(facts: TimelineFacts): TimelineTree {
  const book = new BranchBook(facts.places);
  const on = new Map(facts.nodes.map(node => [node.node, book.of(node.timeline, node.node)]));
  for (const place of facts.places) for (const { timeline } of place.wal) book.of(timeline, place.on);
  const writers = facts.nodes.filter(({ role }) => role === 'primary');
  const current = writers.length === 1 && writers[0] ? on.get(writers[0].node) : undefined;
  const names = book.names();
  const tree: Walk = { facts, book, on, names, way: new Set(current === undefined ? [] : book.wayTo(current)) };
  return {
    roots: book.childrenOf(undefined).map(draft => branchOf(tree, draft)),
    current: current === undefined ? null : (names.get(current) ?? null),
    problems: timelineProblems(facts, book, on),
  };
}

interface Walk {
  readonly facts: TimelineFacts;
  readonly book: BranchBook;
  readonly on: ReadonlyMap<NodeName, Draft>;
  readonly names: ReadonlyMap<Draft, string>;
  readonly way: ReadonlySet<Draft>;
}

function branchOf(walk: Walk, draft: Draft): Branch {
  const { facts, book, on, names, way } = walk;
  return {
    name: names.get(draft) ?? String(draft.timeline),
    timeline: draft.timeline,
    fork: draft.fork,
    reason: draft.reason,
    begun: draft.begun,
    files: [...draft.files],
    current: way.has(draft),
    on: facts.nodes.filter(({ node }) => on.get(node) === draft).map(({ node, role, end }) => ({ node, role, end })),
    beyond: beyond(walk, draft),
    children: book.childrenOf(draft).map(child => branchOf(walk, child)),
  };
}

function beyond({ facts, book, on }: Walk, { parent, fork }: Draft): Beyond[] {
  if (parent === undefined || fork === null) return [];
  const servers = facts.nodes
    .filter(({ node, end }) => on.get(node) === parent && end !== null && compareLsn(end, fork) > 0)
    .map(({ node, end }) => ({ node, in: 'server' as const, bytes: lsnDiff(end ?? fork, fork) }));
  const archives = facts.places
    .filter(place => place.kind === 'archive' && book.of(parent.timeline, place.on) === parent)
    .map(place => ({
      node: place.on,
      in: 'archive' as const,
      bytes: archivedBeyond(place, parent.timeline, fork, facts),
    }))
    .filter(({ bytes }) => bytes > 0);
  return [...servers, ...archives];
}

function archivedBeyond(place: WalPlace, line: Timeline, fork: Lsn, { segmentSize }: TimelineFacts): Bytes {
  const last = place.wal.find(({ timeline }) => timeline === line)?.last ?? '';
  const start = parseSegmentName(last, segmentSize)?.start;
  if (start === undefined) return lsnDiff(fork, fork);
  // Where the fork lies on a boundary, the segment behind it is the first that diverges.
  const shared = fork % BigInt(segmentSize) === 0n ? fork : lsn(segmentStart(fork, segmentSize) + BigInt(segmentSize));
  return lsnDiff(lsn(start + BigInt(segmentSize)), shared);
}
