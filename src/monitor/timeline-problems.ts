// What is amiss with the timelines of a cluster: each thing a fact, with the places that say so.

import type { NodeName } from '../ports.ts';
import { type Lsn } from '../postgres/lsn.ts';
import { historyFileName, parseHistory, type Timeline } from '../postgres/timeline.ts';
import { type BranchBook, type Draft, placeName } from './timeline-branches.ts';
import { type TimelineFacts, timelineOfFile } from './timeline-places.ts';

export type TimelineProblem =
  /** Two servers take writes; `same` where they call their timeline alike and grew out of the same point: nothing tells their WAL apart. */
  | { readonly is: 'two-primaries'; readonly nodes: readonly NodeName[]; readonly same: Timeline | null }
  /** The same number with another origin: WAL files of the one bear the names of the other. */
  | {
      readonly is: 'same-number';
      readonly timeline: Timeline;
      readonly variants: readonly {
        readonly name: string;
        readonly fork: Lsn | null;
        readonly places: readonly string[];
      }[];
    }
  /** Archived, and no node is on it or came over it. `leads`: a restore that follows the latest timeline would go there. */
  | {
      readonly is: 'stray';
      readonly timeline: Timeline;
      readonly file: string;
      readonly places: readonly string[];
      readonly leads: boolean;
    }
  /** Cut short, empty or written over; PostgreSQL does not start with it, or takes a wrong way. */
  | { readonly is: 'damaged'; readonly file: string; readonly place: string; readonly why: string }
  /** Somebody is on it, or has its WAL, and no place has its history file. */
  | {
      readonly is: 'no-history';
      readonly timeline: Timeline;
      readonly file: string;
      readonly nodes: readonly NodeName[];
    }
  | { readonly is: 'unseen'; readonly on: NodeName; readonly what: string; readonly why: string };

/** The gravest first. */
export function timelineProblems(
  facts: TimelineFacts,
  book: BranchBook,
  on: ReadonlyMap<NodeName, Draft>,
): TimelineProblem[] {
  return [
    ...twoPrimaries(facts, on),
    ...sameNumber(book),
    ...damaged(facts),
    ...noHistory(facts, book, on),
    ...strays(facts, book, on),
    ...facts.unseen.map(one => ({ is: 'unseen' as const, ...one })),
  ];
}

function twoPrimaries({ nodes }: TimelineFacts, on: ReadonlyMap<NodeName, Draft>): TimelineProblem[] {
  const writers = nodes.filter(({ role }) => role === 'primary').map(({ node }) => node);
  if (writers.length < 2) return [];
  const twice = writers.map(node => on.get(node)).find((draft, at, all) => draft && all.indexOf(draft) !== at);
  return [{ is: 'two-primaries', nodes: writers, same: twice?.timeline ?? null }];
}

function sameNumber(book: BranchBook): TimelineProblem[] {
  const known = book.branches.filter(({ parent }) => parent);
  const names = book.names();
  return [...new Set(known.map(({ timeline }) => timeline))].flatMap(timeline => {
    const same = known.filter(draft => draft.timeline === timeline);
    if (same.length < 2) return [];
    const variants = same.map(draft => ({ name: names.get(draft) ?? '', fork: draft.fork, places: [...draft.files] }));
    return [{ is: 'same-number' as const, timeline, variants }];
  });
}

function damaged({ places }: TimelineFacts): TimelineProblem[] {
  return places.flatMap(place =>
    place.histories.flatMap(({ name, text }) => {
      const line = timelineOfFile(name);
      if (line !== undefined && parseHistory(text, line)) return [];
      return [{ is: 'damaged' as const, file: name, place: placeName(place), why: whatIsWrong(text, line) }];
    }),
  );
}

function whatIsWrong(text: string, line: Timeline | undefined): string {
  if (line === undefined) return 'no timeline has this name';
  if (line === 1) return 'the first timeline has no history';
  if (text.trim() === '') return 'it is empty';
  if (/^\s*(#[^\n]*\s*)*$/.test(text)) return 'it holds comments only';
  return text.endsWith('\n') ? 'its lines are no history' : 'its last line is cut short';
}

function noHistory(
  { nodes, places }: TimelineFacts,
  book: BranchBook,
  on: ReadonlyMap<NodeName, Draft>,
): TimelineProblem[] {
  const orphans = book.branches.filter(({ timeline, parent, files }) => timeline > 1 && !parent && files.size === 0);
  return orphans
    .filter(draft => book.childrenOf(draft).length === 0 || [...on.values()].includes(draft))
    .map(draft => {
      const has = [
        ...nodes.filter(({ node }) => on.get(node) === draft).map(({ node }) => node),
        ...places.filter(({ wal }) => wal.some(({ timeline }) => timeline === draft.timeline)).map(place => place.on),
      ];
      const file = historyFileName(draft.timeline);
      return { is: 'no-history' as const, timeline: draft.timeline, file, nodes: [...new Set(has)] };
    });
}

function strays(
  { places, nodes }: TimelineFacts,
  book: BranchBook,
  on: ReadonlyMap<NodeName, Draft>,
): TimelineProblem[] {
  const lived = new Set([...on.values()].flatMap(draft => book.wayTo(draft)));
  const archives = new Set(places.filter(({ kind }) => kind === 'archive').map(placeName));
  const latest = Math.max(...nodes.filter(({ role }) => role === 'primary').map(({ timeline }) => timeline), 0);
  return book.branches
    .filter(draft => !lived.has(draft) && [...draft.files].some(place => archives.has(place)))
    .map(({ timeline, files }) => ({
      is: 'stray' as const,
      timeline,
      file: historyFileName(timeline),
      places: [...files].filter(place => archives.has(place)),
      leads: timeline > latest,
    }));
}
