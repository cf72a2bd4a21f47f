// What the server log must say after a promotion, a switchback, a point-in-time recovery and a rebuild, on every version.
import { showLsn } from './lsn.ts';
import type { Lsn } from './lsn.ts';
import type { MessageName } from './messages.ts';
import type { Alternative, Expectation, FieldRule } from './sequence.ts';

/** The timeline a story ends on: exactly this one, or any above it (PostgreSQL skips numbers whose history file the archive has). */
export type ExpectedTimeline = { readonly exactly: number } | { readonly above: number };

export type Story = 'promotion' | 'switchback' | 'pitr' | 'rebuild';

/** Lines that must not be there. FATAL in itself is none: a promotion ends the walreceiver with one. */
export const forbidden: Readonly<Record<Story, readonly MessageName[]>> = {
  promotion: ['startup-failed', 'not-a-child', 'forked-off-before'],
  switchback: ['new-timeline', 'accepting-connections', 'forked-off-before', 'not-a-child'],
  pitr: ['target-not-reached', 'shutdown-at-target', 'target-before-consistency', 'startup-failed'],
  rebuild: ['recovery-stopping', 'new-timeline', 'promote-requested', 'forked-off-before', 'not-a-child'],
};

/**
 * A standby becomes the primary. `last-transaction` is there only if a commit was replayed since its start, and `redo is not
 * required` stands for `redo done` where nothing was (13, 15, 18).
 */
export function promotion(line: ExpectedTimeline): Expectation[] {
  return [
    one('promote-requested'),
    { any: [{ name: 'redo-done' }, { name: 'redo-not-required' }] },
    { ...one('last-transaction'), optional: true },
    one('new-timeline', { timeline: rule(line) }),
    one('archive-recovery-complete'),
    one('accepting-connections'),
  ];
}

export interface Switchback {
  readonly timeline: number;
  /** Where the old primary's shutdown checkpoint ends, if that is known: recovery is consistent there, and replay begins. */
  readonly at?: Lsn;
  /** Whether the new primary has written anything yet; until then there is nothing to replay, and no line. */
  readonly replays?: boolean;
}

/**
 * A cleanly stopped primary comes up as the standby. How it learns of the new timeline depends on version, archive and moment;
 * those lines may be missing, but what they say must agree. The timeline left is not always one below the new one.
 */
export function switchback({ timeline, at, replays = true }: Switchback): Expectation[] {
  const position = at === undefined ? undefined : { lsn: showLsn(at) };
  return [
    one('was-shut-down'),
    one('entering-standby'),
    one('consistent-state', position),
    one('read-only-connections'),
    { ...one('new-target-timeline', { timeline: String(timeline) }), optional: true },
    { ...one('end-of-wal', position), optional: true },
    streaming(timeline),
    { ...one('redo-starts', position), optional: !replays },
  ];
}

export interface PitrEnd {
  readonly timeline: ExpectedTimeline;
  /** What is known of the place where recovery must stop: `{ side: 'before', xid: '493' }`. */
  readonly stop?: Readonly<Record<string, FieldRule>>;
  /** What it says of where it goes. */
  readonly goal?: string;
  /** False for a recovery to the end of WAL, which says neither where it goes nor that it stopped. */
  readonly target?: boolean;
}

/** Recovery to a target, then promotion. `recovery-stopping` is the only line that proves that the target was hit. */
export function pitrEnd({ timeline, stop, goal, target = true }: PitrEnd): Expectation[] {
  return [
    { any: [{ name: 'interrupted' }, { name: 'interrupted-in-recovery' }] },
    ...(target ? [one('pitr-starts', goal === undefined ? undefined : { target: goal })] : []),
    // Behind the next one where the backup was taken of a standby at rest: it is consistent before the first record is replayed (xlogrecovery.c).
    { ...one('redo-starts'), optional: true },
    one('consistent-state'),
    ...(target ? [one('recovery-stopping', stop)] : []),
    one('redo-done'),
    { ...one('last-transaction'), optional: true },
    one('new-timeline', { timeline: rule(timeline) }),
    one('archive-recovery-complete'),
    one('accepting-connections'),
  ];
}

/**
 * A standby built from a new base backup. That of a primary says `interrupted`, that of a standby `interrupted-in-recovery`.
 * None of the former timeline's lines appears: the backup begins on the new one (13, 15, 17, 18).
 */
export function rebuild(timeline: number): Expectation[] {
  return [
    { any: [{ name: 'interrupted' }, { name: 'interrupted-in-recovery' }] },
    one('entering-standby'),
    one('redo-starts'),
    one('consistent-state'),
    streaming(timeline),
  ];
}

function one(name: MessageName, fields?: Alternative['fields']): Expectation {
  return { any: [{ name, ...(fields && { fields }) }] };
}

function streaming(timeline: number): Expectation {
  const fields = { timeline: String(timeline) };
  return {
    any: [
      { name: 'streaming-started', fields },
      { name: 'streaming-restarted', fields },
    ],
  };
}

function rule(line: ExpectedTimeline): FieldRule {
  return 'exactly' in line ? String(line.exactly) : { above: String(line.above) };
}
