// Messages about how recovery ends: a promotion, a recovery target, a new timeline, or neither.
import type { MessageKind } from './kind.ts';

export const endingMessages = {
  'promote-requested': {
    wordings: ['received promote request', 'promote trigger file found: {file}', 'trigger file found: {file}'],
    process: 'startup',
    severity: ['LOG'],
    meaning: 'the standby was told to become the primary',
  },
  'recovery-stopping': {
    wordings: [
      'recovery stopping {side} {end} of transaction {xid}, time {time}',
      'recovery stopping {side} WAL location (LSN) "{lsn}"',
      'recovery stopping at restore point "{name}", time {time}',
      'recovery stopping after reaching consistency',
    ],
    process: 'startup',
    severity: ['LOG'],
    meaning: 'the recovery target was reached: the only line that proves it',
  },
  'paused-at-target': {
    wordings: ['pausing at the end of recovery', 'recovery has paused'],
    process: 'startup',
    severity: ['LOG'],
    meaning: 'replay is paused; it goes on with pg_wal_replay_resume()',
  },
  'shutdown-at-target': {
    wordings: ['shutdown at recovery target'],
    process: 'startup',
    severity: ['LOG'],
    meaning: 'the recovery target was reached and the server stops; recovery_target_action = promote was missing',
  },
  'target-not-reached': {
    wordings: ['recovery ended before configured recovery target was reached'],
    process: 'startup',
    severity: ['FATAL'],
    meaning: 'WAL ended before the recovery target: it is missing, or nothing was committed after the target',
  },
  'target-before-consistency': {
    wordings: ['requested recovery stop point is before consistent recovery point'],
    process: 'startup',
    severity: ['FATAL'],
    meaning: 'the recovery target lies before the end of this backup: an older backup is needed',
  },
  'wal-ends-too-early': {
    wordings: ['WAL ends before end of online backup', 'WAL ends before consistent recovery point'],
    process: 'startup',
    severity: ['FATAL'],
    meaning: 'the WAL needed to make this backup consistent is not there',
  },
  'new-timeline': {
    wordings: ['selected new timeline ID: {timeline}'],
    process: 'startup',
    severity: ['LOG'],
    meaning: 'the server begins a timeline of its own: from here on it is another branch than every other server',
  },
  'archive-recovery-complete': {
    wordings: ['archive recovery complete'],
    process: 'startup',
    severity: ['LOG'],
    meaning: 'recovery is over, the server becomes a primary',
  },
  'not-a-child': {
    wordings: [
      'new timeline {timeline} is not a child of database system timeline {parent}',
      "requested timeline {timeline} is not a child of this server's history",
    ],
    process: 'startup',
    severity: ['LOG', 'FATAL'],
    meaning: 'this server is not on the way to that timeline: rewind it or build it anew',
  },
  'forked-off-before': {
    wordings: [
      'new timeline {timeline} forked off current database system timeline {parent} before current recovery point {lsn}',
      'requested timeline {timeline} does not contain minimum recovery point {lsn} on timeline {parent}',
    ],
    process: 'startup',
    severity: ['LOG', 'FATAL'],
    meaning: 'this server has WAL that the new timeline lacks: rewind it or build it anew',
  },
} as const satisfies Record<string, MessageKind>;
