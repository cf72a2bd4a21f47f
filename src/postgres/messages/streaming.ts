// Messages about WAL that comes from elsewhere: streamed from a primary, or fetched from an archive.
import type { MessageKind } from './kind.ts';

/** A walreceiver exists only once the startup process of the same server is in standby mode. */
const startOfStandby = ['entering-standby', 'was-shut-down', 'interrupted', 'interrupted-in-recovery'] as const;

export const streamingMessages = {
  'restored-log-file': {
    wordings: ['restored log file "{file}" from archive'],
    process: 'startup',
    severity: ['LOG'],
    meaning: 'restore_command brought this file',
  },
  'history-fetched': {
    wordings: ['fetching timeline history file for timeline {timeline} from primary server'],
    process: 'walreceiver',
    severity: ['LOG'],
    causes: startOfStandby,
    meaning: 'the primary knows a timeline that this standby did not',
  },
  'streaming-started': {
    wordings: ['started streaming WAL from primary at {lsn} on timeline {timeline}'],
    process: 'walreceiver',
    severity: ['LOG'],
    causes: startOfStandby,
    meaning: 'the standby receives WAL from the primary',
  },
  'streaming-restarted': {
    wordings: ['restarted WAL streaming at {lsn} on timeline {timeline}'],
    process: 'walreceiver',
    severity: ['LOG'],
    causes: [...startOfStandby, 'new-target-timeline'],
    meaning: 'the standby receives WAL of the new timeline',
  },
  'replication-terminated': {
    wordings: ['replication terminated by primary server'],
    process: 'walreceiver',
    severity: ['LOG'],
    causes: startOfStandby,
    meaning: 'the primary has no more WAL on this timeline: it was stopped, or the timeline ended',
  },
  'end-of-wal': {
    wordings: ['End of WAL reached on timeline {timeline} at {lsn}.'],
    in: 'detail',
    process: 'walreceiver',
    severity: ['LOG'],
    causes: startOfStandby,
    meaning: 'where the timeline ends',
  },
  'new-target-timeline': {
    wordings: ['new target timeline is {timeline}'],
    process: 'startup',
    severity: ['LOG'],
    meaning: 'the standby goes over to this timeline',
  },
  'terminating-walreceiver': {
    wordings: ['terminating walreceiver process due to administrator command'],
    process: 'walreceiver',
    severity: ['FATAL'],
    meaning: 'the WAL receiver ends; normal in a promotion or when its settings change',
  },
  'stream-lost': {
    wordings: [
      'could not receive data from WAL stream: {*}',
      'could not send data to WAL stream: {*}',
      'could not send end-of-streaming message to primary: {*}',
      'terminating walreceiver due to timeout',
    ],
    process: 'walreceiver',
    severity: ['FATAL', 'ERROR'],
    meaning: 'the connection to the primary broke',
  },
  'primary-refuses-password': {
    wordings: [
      '{*}password authentication failed for user "{user}"{*}',
      '{*}fe_sendauth: no password supplied{*}',
      'could not connect to the primary server: {*}role "{user}" does not exist{*}',
      'could not connect to the primary server: {*}role "{user}" is not permitted to log in{*}',
    ],
    process: 'any',
    severity: ['FATAL', 'ERROR'],
    meaning:
      'the password is wrong or missing; the server that refuses it writes the same words as the standby that is refused',
  },
  'primary-refuses-host': {
    wordings: [
      'could not connect to the primary server: {*}no pg_hba.conf entry for {*}',
      '{*} could not connect to the primary server: {*}no pg_hba.conf entry for {*}',
    ],
    process: 'walreceiver',
    severity: ['FATAL', 'ERROR'],
    meaning: "the primary's pg_hba.conf has no line that lets this standby replicate",
  },
  'cannot-connect-to-primary': {
    wordings: ['could not connect to the primary server: {*}', '{*} could not connect to the primary server: {*}'],
    process: 'walreceiver',
    severity: ['FATAL', 'ERROR'],
    meaning: 'the standby does not reach its primary',
  },
  'primary-behind': {
    wordings: ['highest timeline {timeline} of the primary is behind recovery timeline {*}'],
    process: 'walreceiver',
    severity: ['FATAL', 'ERROR'],
    meaning: 'the server followed is on an older timeline than this one: it is not the primary',
  },
  'other-system': {
    wordings: ['database system identifier differs between the primary and standby'],
    process: 'walreceiver',
    severity: ['FATAL', 'ERROR'],
    meaning: 'the server followed belongs to another cluster',
  },
  'wal-removed': {
    wordings: ['{*}requested WAL segment {file} has already been removed'],
    process: 'any',
    severity: ['FATAL', 'ERROR'],
    meaning:
      'the primary no longer has the WAL that this standby needs: fetch it from the archive or build the standby anew',
  },
  'not-in-history': {
    wordings: [
      "{*}requested starting point {lsn} on timeline {timeline} is not in this server's history",
      "{*}requested timeline {timeline} is not in this server's history",
    ],
    process: 'any',
    severity: ['FATAL', 'ERROR'],
    meaning: 'the standby stands on a branch that the primary never was on',
  },
  'slot-missing': {
    wordings: ['{*}replication slot "{name}" does not exist'],
    process: 'any',
    severity: ['FATAL', 'ERROR'],
    meaning: 'the slot that the standby uses was not created on this primary',
  },
  'slot-invalidated': {
    wordings: [
      '{*}can no longer access replication slot "{name}"',
      '{*}cannot read from physical replication slot "{name}"',
      'invalidating slot "{name}" because its restart_lsn {lsn} exceeds max_slot_wal_keep_size',
      'invalidating obsolete replication slot "{name}"',
    ],
    process: 'any',
    severity: ['LOG', 'FATAL', 'ERROR'],
    meaning: 'the slot kept more WAL than max_slot_wal_keep_size allows, and is of no use any more',
  },
  'no-wal-source': {
    wordings: [
      'specified neither "primary_conninfo" nor "restore_command"',
      'specified neither primary_conninfo nor restore_command',
    ],
    process: 'startup',
    severity: ['WARNING'],
    meaning: 'the standby has nowhere to get WAL from; wanted in a fence, a mistake elsewhere',
  },
  'synchronous-standby': {
    wordings: [
      'standby "{name}" is now a synchronous standby with priority {*}',
      'standby "{name}" is now a candidate for quorum synchronous standby',
    ],
    process: 'any',
    severity: ['LOG'],
    meaning: 'commits wait for this standby',
  },
  'sync-wait-cancelled': {
    wordings: [
      'canceling wait for synchronous replication due to user request',
      'canceling the wait for synchronous replication and terminating connection due to administrator command',
    ],
    process: 'any',
    severity: ['WARNING'],
    meaning: 'a transaction was committed here without the synchronous standby having it',
  },
} as const satisfies Record<string, MessageKind>;
