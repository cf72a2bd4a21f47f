// What a look at timelines brings home: history files and names of WAL from every place that holds them, and where each node stands.

import type { NodeName } from '../ports.ts';
import type { ControlData } from '../postgres/control-data.ts';
import type { Lsn } from '../postgres/lsn.ts';
import { forkPoint, type History, parseHistory, parseTimelineHex, type Timeline } from '../postgres/timeline.ts';
import type { Instant } from '../time.ts';

/** A directory that holds WAL: a node's `pg_wal`, or its archive. */
export interface WalPlace {
  readonly on: NodeName;
  readonly kind: 'pg_wal' | 'archive';
  readonly histories: readonly HistoryFile[];
  readonly wal: readonly WalOfTimeline[];
}

export interface HistoryFile {
  /** `00000002.history`. */
  readonly name: string;
  readonly text: string;
  /** When it was written there, by the file's own date. */
  readonly at: Instant | null;
}

/** The whole segments of one timeline that lie in a place. */
export interface WalOfTimeline {
  readonly timeline: Timeline;
  /** By name, which is their order; in `pg_wal` the last ones may be spare files that were never written. */
  readonly first: string;
  readonly last: string;
}

/** Where a node stands. */
export interface Standing {
  readonly node: NodeName;
  readonly role: 'primary' | 'standby' | 'down';
  readonly timeline: Timeline;
  /** The end of its WAL: written, received, or read on the disk of a server that is down; null where it could not be told. */
  readonly end: Lsn | null;
}

export interface TimelineFacts {
  readonly places: readonly WalPlace[];
  readonly nodes: readonly Standing[];
  /** Nodes and places that could not be looked at. */
  readonly unseen: readonly { readonly what: string; readonly on: NodeName; readonly why: string }[];
  readonly segmentSize: number;
}

/** The history of a timeline as a place has it; undefined where it has none, or one that cannot be read. */
export function historyIn({ histories }: WalPlace, line: Timeline): History | undefined {
  const file = histories.find(({ name }) => timelineOfFile(name) === line);
  return file && parseHistory(file.text, line);
}

/** `00000002.history` → 2. */
export const timelineOfFile = (name: string): Timeline | undefined =>
  name.endsWith('.history') ? parseTimelineHex(name.slice(0, -'.history'.length)) : undefined;

/**
 * The timeline of a server that is down, and a record of it from which its WAL can be read to the end. After a crash soon
 * after a promotion pg_control still names the former timeline (13 to 18); its own `pg_wal` knows better.
 */
export function stoodOn(control: ControlData, wal: WalPlace): { readonly timeline: Timeline; readonly from: Lsn } {
  const latest = { timeline: control.timeline, from: control.redo };
  const later = wal.wal
    .filter(({ timeline }) => timeline > control.timeline)
    .flatMap(({ timeline }) => historyIn(wal, timeline) ?? [])
    .filter(history => (forkPoint(history, control.timeline) ?? -1n) >= control.redo)
    .sort((a, b) => b.timeline - a.timeline)[0];
  const begun = later?.ancestors.at(-1)?.end;
  return later && begun !== undefined ? { timeline: later.timeline, from: begun } : latest;
}
