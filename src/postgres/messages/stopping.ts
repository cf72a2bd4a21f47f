// Messages about a server that stops, or turns clients away meanwhile.
import type { MessageKind } from './kind.ts';

export const stoppingMessages = {
  'received-smart-shutdown': {
    wordings: ['received smart shutdown request'],
    process: 'postmaster',
    severity: ['LOG'],
    meaning: 'the server was told to stop once its clients have left',
  },
  'received-fast-shutdown': {
    wordings: ['received fast shutdown request'],
    process: 'postmaster',
    severity: ['LOG'],
    meaning: 'the server was told to stop cleanly; it cannot be taken back',
  },
  'received-immediate-shutdown': {
    wordings: ['received immediate shutdown request'],
    process: 'postmaster',
    severity: ['LOG'],
    meaning: 'the server was told to stop at once; the next start needs crash recovery',
  },
  'shutting-down': {
    wordings: ['shutting down'],
    process: 'checkpointer',
    severity: ['LOG'],
    causes: ['received-fast-shutdown', 'received-smart-shutdown', 'shutdown-at-target'],
    meaning: 'the last checkpoint is being written',
  },
  'shut-down': {
    wordings: ['database system is shut down'],
    process: 'any',
    severity: ['LOG'],
    causes: ['shutting-down', 'received-immediate-shutdown', 'startup-failed', 'shutdown-at-target'],
    meaning: 'the server is down',
  },
  'abnormal-shutdown': {
    wordings: ['abnormal database system shutdown'],
    process: 'postmaster',
    severity: ['LOG', 'FATAL'],
    meaning: 'the server is down, and not cleanly',
  },
  reloaded: {
    wordings: ['received SIGHUP, reloading configuration files'],
    process: 'postmaster',
    severity: ['LOG'],
    meaning: 'the configuration was read again',
  },
  'setting-needs-restart': {
    wordings: ['parameter "{name}" cannot be changed without restarting the server'],
    process: 'any',
    severity: ['LOG', 'ERROR', 'FATAL'],
    meaning: 'this setting takes effect at the next start only',
  },
  'in-recovery-mode': {
    wordings: ['the database system is in recovery mode'],
    process: 'any',
    severity: ['FATAL'],
    meaning: 'a client was turned away: the server recovers from a crash',
  },
  'starting-up': {
    wordings: ['the database system is starting up'],
    process: 'any',
    severity: ['FATAL'],
    meaning: 'a client was turned away: the server starts up',
  },
  'not-accepting': {
    wordings: [
      'the database system is not yet accepting connections',
      'the database system is not accepting connections',
    ],
    process: 'any',
    severity: ['FATAL'],
    meaning: 'a client was turned away: the standby is not consistent yet, or hot_standby is off',
  },
  'stopping-rejects': {
    wordings: ['the database system is shutting down'],
    process: 'any',
    severity: ['FATAL'],
    meaning: 'a client was turned away: the server is being stopped',
  },
  'no-pg-hba-entry': {
    wordings: [
      'no pg_hba.conf entry for host "{host}", user "{user}", database "{*}"',
      'no pg_hba.conf entry for host "{host}", user "{user}", database "{*}", {*}',
      'no pg_hba.conf entry for replication connection from host "{host}", user "{user}"',
      'no pg_hba.conf entry for replication connection from host "{host}", user "{user}", {*}',
    ],
    process: 'any',
    severity: ['FATAL'],
    meaning:
      'pg_hba.conf has no line for this host; pg_isready from another node causes it too, and still answers rightly',
  },
} as const satisfies Record<string, MessageKind>;
