// How a node can come back under a primary: decided from what its disk holds and where the primary's way left it, never by hope.

import type { NodeName } from '../ports.ts';
import { type Lsn, lsn, lsnDiff, showLsn } from '../postgres/lsn.ts';
import { type History, partingOf } from '../postgres/timeline.ts';
import type { StepId } from '../runbook/book-types.ts';
import { type Bytes, bytes, showBytes } from '../time.ts';
import { type Known, valueOf } from './facts.ts';
import type { Look } from './look.ts';
import { following, throughWhom } from './following.ts';
import { whyNoRewind } from './rewind.ts';
import { standing, type Wal } from './standing-of-wal.ts';
import { feederOf } from './upstream.ts';

export const waysBack = ['nothing', 'repoint', 'follow', 'rewind', 'rebuild'] as const;
/**
 * `nothing`: it streams already. `repoint`: a standby that runs gets another primary. `follow`: a stopped server is started as
 * a standby. `rewind`: pg_rewind. `rebuild`: a new base backup, its data moved aside.
 */
export type WayBack = (typeof waysBack)[number];

/** WAL of its own that the primary has not. */
export interface Beyond {
  readonly from: Lsn;
  readonly timeline: number;
  /** Null where its end cannot be read. */
  readonly size: Bytes | null;
  readonly segmentSize: Bytes;
}

export interface Decision {
  readonly is: 'decided';
  readonly way: WayBack;
  readonly why: string;
  /** It must be stopped first. */
  readonly runs: boolean;
  readonly beyond?: Beyond;
}

export type WayBackVerdict =
  | Decision
  | { readonly is: 'later'; readonly after: StepId }
  | { readonly is: 'silent'; readonly why: string; readonly unreachable: boolean }
  /** No way: it is another cluster's, or it runs as a primary. */
  | { readonly is: 'refused'; readonly expected: string; readonly found: string; readonly hint: string };

/** Where a data directory stands while it is rewound: nothing starts it there. */
export const rewindingPath = (data: string): string => `${data}.rewinding`;
/** Stands beside it from the moment when pg_rewind begins to write until all is done. */
export const halfPath = (data: string): string => `${rewindingPath(data)}.half`;

/**
 * The cheapest safe way.
 *
 * @param former the primary before, where it changes now: its standbys move on to the new one, and those of another standby stay
 *   with that one
 */
export async function wayBack(look: Look, on: NodeName, primary: NodeName, former?: NodeName): Promise<WayBackVerdict> {
  const role = await look.fact(on, 'role');
  const goal = await look.fact(primary, 'timeline');
  const system = await look.fact(primary, 'systemId');
  const open = openOf(role) ?? openOf(await look.fact(primary, 'role')) ?? openOf(goal) ?? openOf(system);
  if (open) return open;
  if (valueOf(role) === 'primary')
    return {
      is: 'refused',
      expected: `${on} stopped, or a standby`,
      found: `${on} runs as a primary`,
      hint: `look at what is going on first: lifeboat triage; then stop the wrong one: lifeboat run rejoin --bind node=${on}`,
    };
  const runs = valueOf(role) === 'standby';
  const timeline = valueOf(goal) ?? 1;
  const left = await unfinished(look, on, runs);
  if (left) return left;
  const disk = await standing(look, on);
  if (disk.is !== 'known') return disk;
  if (disk.what === 'nothing') return rebuild(runs, `${on} has no data that could be used: ${disk.why}`);
  if (valueOf(system) !== disk.systemId)
    return {
      is: 'refused',
      expected: `system identifier ${String(valueOf(system))}, as on ${primary}`,
      found: disk.systemId,
      hint: `${on} holds the data of another cluster; if they may go, move ${look.node(on).postgres.data} away by hand first`,
    };
  const streams = runs ? await following(look, on, primary) : undefined;
  if (streams?.is === 'following' && !(former !== undefined && streams.through.includes(former)))
    return nothing(`${on} streams from ${throughWhom(primary, streams.through)} on timeline ${String(timeline)}`);
  const history = await look.history(primary, timeline);
  if (history.is === 'later' || history.is === 'silent') return history;
  const judged = await judge(look, { on, primary, runs, disk, theirs: history.value });
  if (judged.is !== 'decided' || judged.way !== 'repoint' || former === undefined) return judged;
  return (await goesOn(look, { on, primary, former })) ?? judged;
}

const nothing = (why: string): Decision => ({ is: 'decided', way: 'nothing', why, runs: true });

/** A cascade needs nobody: its WAL receiver asks for the new timeline as soon as the server that feeds it is on it. */
async function goesOn(
  look: Look,
  { on, primary, former }: { readonly on: NodeName; readonly primary: NodeName; readonly former: NodeName },
): Promise<Decision | undefined> {
  const feeder = await feederOf(look, on);
  if (feeder === undefined || feeder === former) return undefined;
  if (feeder === primary) return nothing(`${on} streamed from ${primary} before, and goes on by itself`);
  const theirs = await following(look, feeder, primary);
  if (theirs.is !== 'following' || theirs.through.includes(former)) return undefined;
  return nothing(`${on} streams from ${feeder}, which follows ${primary}, and goes on by itself`);
}

const rebuild = (runs: boolean, why: string, beyond?: Beyond): Decision => ({
  is: 'decided',
  way: 'rebuild',
  why,
  runs,
  ...(beyond && { beyond }),
});

interface Case {
  readonly on: NodeName;
  readonly primary: NodeName;
  readonly runs: boolean;
  readonly disk: Wal;
  readonly theirs: History;
}

async function judge(look: Look, { on, primary, runs, disk, theirs }: Case): Promise<WayBackVerdict> {
  const parting = partingOf(disk.history, theirs);
  if (!parting) return rebuild(runs, `${on} and ${primary} have no timeline in common`);
  const follow = (why: string): Decision => ({ is: 'decided', way: runs ? 'repoint' : 'follow', why, runs });
  const line = `timeline ${String(disk.timeline)}`;
  if (parting.at === null) {
    if (!disk.wasPrimary) return follow(`${on} is on ${line} like ${primary}, and wrote nothing of its own there`);
    const why = `${on} and ${primary} were both primary on ${line}: their WAL bears the same names, and pg_rewind cannot tell it apart`;
    return rebuild(runs, why, beyondOf(disk, parting.timeline, disk.history.ancestors.at(-1)?.end ?? lsn(0n)));
  }
  if (disk.end === undefined) return rebuild(runs, `where the WAL of ${on} ends cannot be read: ${disk.unreadable}`);
  const left = `${primary} left timeline ${String(parting.timeline)} at ${showLsn(parting.at)}`;
  const strayed = disk.timeline !== parting.timeline;
  const ends = showLsn(disk.end);
  if (!strayed && (disk.isEnd ? disk.end <= parting.at : disk.end < parting.at))
    return follow(`the WAL of ${on} ends at ${ends}, and ${left}`);
  const ahead = strayed
    ? `${on} went on to ${line} of its own; it parted from ${primary} on timeline ${String(parting.timeline)} at ${showLsn(parting.at)}`
    : `the WAL of ${on} goes on to ${ends}; ${left}`;
  const beyond = beyondOf(disk, parting.timeline, parting.at);
  // pg_rewind compares the numbers first, and says "no rewind required" (pg_rewind.c): the standby made of it would be corrupt.
  if (disk.timeline === theirs.timeline)
    return rebuild(
      runs,
      `${ahead}; ${primary} calls its own ${line} too, and pg_rewind would see nothing to do`,
      beyond,
    );
  const rewind = await whyNoRewind(look, { on, primary, timeline: parting.timeline, fork: parting.at });
  if (rewind.is === 'later' || rewind.is === 'silent') return rewind;
  if (rewind.is === 'not') return rebuild(runs, `${ahead}; pg_rewind cannot be used: ${rewind.why}`, beyond);
  const archived = rewind.fromArchive ? ', with WAL that only its archive has' : '';
  return { is: 'decided', way: 'rewind', why: `${ahead}; pg_rewind can take it back${archived}`, runs, beyond };
}

/** What a rewind that died has left: its directory stands aside, and only how far it came tells what is next. */
async function unfinished(look: Look, on: NodeName, runs: boolean): Promise<WayBackVerdict | undefined> {
  const { data } = look.node(on).postgres;
  const half = await look.path(on, halfPath(data));
  if (half.is === 'later' || half.is === 'silent') return half;
  if (half.value !== 'absent')
    return rebuild(runs, `a pg_rewind of ${on} died half-way, and what it left cannot be used`);
  const aside = valueOf(await look.path(on, rewindingPath(data)));
  if (aside !== 'full' || valueOf(await look.path(on, data)) === 'full') return undefined;
  return { is: 'decided', way: 'rewind', why: `a rewind of ${on} was prepared and had not begun to write`, runs };
}

function beyondOf({ end, segmentSize }: Wal, timeline: number, from: Lsn): Beyond {
  return { from, timeline, segmentSize, size: end === undefined ? null : bytes(Math.max(0, lsnDiff(end, from))) };
}

/** `1.2 MB beyond 0/5000148 on timeline 1`. */
export const showBeyond = ({ from, timeline, size }: Beyond): string =>
  `${size === null ? 'WAL' : showBytes(size)} beyond ${showLsn(from)} on timeline ${String(timeline)}`;

function openOf(known: Known<unknown>): Extract<WayBackVerdict, { is: 'later' | 'silent' }> | undefined {
  return known.is === 'later' || known.is === 'silent' ? known : undefined;
}
