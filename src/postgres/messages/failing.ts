// Messages about a server that fails: processes that die, files that cannot be written, data that cannot be read.
import type { MessageKind } from './kind.ts';

export const failingMessages = {
  'server-process-killed': {
    wordings: [
      'server process (PID {*}) was terminated by signal {signal}: {*}',
      'client backend (PID {*}) was terminated by signal {signal}: {*}',
    ],
    process: 'postmaster',
    severity: ['LOG'],
    meaning: 'a session died; all others are ended and the server recovers (18 says "client backend")',
  },
  'terminating-others': {
    wordings: ['terminating any other active server processes'],
    process: 'postmaster',
    severity: ['LOG'],
    meaning: 'all sessions are ended because one process died',
  },
  reinitializing: {
    wordings: ['all server processes terminated; reinitializing'],
    process: 'postmaster',
    severity: ['LOG'],
    meaning: 'the server starts anew by itself, with crash recovery',
  },
  'startup-exited': {
    wordings: [
      'startup process (PID {*}) exited with exit code {code}',
      'startup process exited with exit code {code}',
    ],
    process: 'postmaster',
    severity: ['LOG'],
    meaning: 'recovery failed; the reason stands above',
  },
  'startup-killed': {
    wordings: [
      'startup process (PID {*}) was terminated by signal {signal}: {*}',
      'startup process was terminated by signal {signal}: {*}',
    ],
    process: 'postmaster',
    severity: ['LOG'],
    meaning: 'recovery failed with a PANIC, or was killed',
  },
  'startup-failed': {
    wordings: ['aborting startup due to startup process failure', 'shutting down due to startup process failure'],
    process: 'postmaster',
    severity: ['LOG'],
    causes: ['cannot-create-file', 'target-not-reached', 'wrong-size', 'no-valid-checkpoint'],
    meaning: 'the server gives up and stays down',
  },
  'archiver-exited': {
    wordings: [
      'archiver process (PID {*}) exited with exit code {code}',
      'archiver (PID {*}) exited with exit code {code}',
    ],
    process: 'postmaster',
    severity: ['LOG'],
    meaning: 'the archiver ended, and is started again',
  },
  'archive-command-failed': {
    wordings: ['archive command failed with exit code {code}'],
    process: 'archiver',
    severity: ['LOG', 'FATAL'],
    meaning: 'a segment could not be archived: the archive is full or unreachable, or holds a broken copy already',
  },
  'archive-command-killed': {
    wordings: ['archive command was terminated by signal {signal}: {*}'],
    process: 'archiver',
    severity: ['LOG', 'FATAL'],
    meaning: 'the archive command was cut off and may have left a short file, which stops a later recovery',
  },
  'wrong-size': {
    wordings: ['archive file "{file}" has wrong size: {size} instead of {wanted}'],
    process: 'startup',
    severity: ['FATAL'],
    meaning: 'the archive holds a short file: take restore_command out, or move that file aside',
  },
  'cannot-link-file': {
    wordings: [
      'could not link file "{file}" to "{target}" (initialization of log file): {*}',
      'could not link file "{file}" to "{target}": {*}',
      'could not rename file "{file}" to "{target}": {*}',
    ],
    process: 'any',
    severity: 'any',
    meaning: 'a segment could not be put in its place: the WAL directory is not writable',
  },
  'cannot-create-file': {
    wordings: ['could not create file "{file}": {*}'],
    process: 'any',
    severity: 'any',
    meaning: 'a file could not be created: as a rule the WAL directory is not writable, or full',
  },
  'cannot-remove-file': {
    wordings: ['could not remove old transaction log file "{file}": {*}', 'could not remove file "{file}": {*}'],
    process: 'any',
    severity: 'any',
    meaning: 'a file could not be removed: the directory is not writable',
  },
  'cannot-open-file': {
    wordings: ['could not open file "{file}": {*}'],
    process: 'any',
    severity: 'any',
    meaning: 'a file is missing or not readable',
  },
  'cannot-write-file': {
    wordings: [
      'could not write to file "{file}": {*}',
      'could not write to log file {file} at offset {*}, length {*}: {*}',
      'could not write block {*} of temporary file: {*}',
      'could not extend file "{file}": {*}',
      'could not extend file "{file}" {*}: {*}',
      'could not write block {block} in file "{file}": {*}',
    ],
    process: 'any',
    severity: 'any',
    meaning: 'a file could not be written',
  },
  'cannot-fsync-file': {
    wordings: [
      'could not fsync file "{file}": {*}',
      'could not fsync log file {file}: {*}',
      'could not fdatasync file "{file}": {*}',
    ],
    process: 'any',
    severity: 'any',
    meaning: 'the disk did not confirm what was written: a failing disk',
  },
  'no-space': {
    wordings: ['{*}: No space left on device', '{*}: Disk quota exceeded'],
    process: 'any',
    severity: 'any',
    meaning: 'the disk is full',
  },
  'invalid-page': {
    wordings: [
      'invalid page in block {block} of relation {file}',
      'invalid page in block {block} of relation {file}; zeroing out page',
      'invalid page in block {block} of relation "{file}"',
      'invalid page in block {block} of relation "{file}"; zeroing out page',
    ],
    process: 'any',
    severity: 'any',
    meaning: 'a data file is damaged',
  },
  'checksum-failed': {
    wordings: ['page verification failed, calculated checksum {*} but expected {*}'],
    process: 'any',
    severity: 'any',
    meaning: 'a data page is damaged',
  },
  'invalid-pages-in-wal': {
    wordings: ['WAL contains references to invalid pages'],
    process: 'startup',
    severity: ['PANIC', 'WARNING'],
    meaning: 'WAL changes pages that the data files do not have: files are missing or damaged',
  },
  'damaged-file': {
    wordings: [
      'relation mapping file "{file}" contains invalid data',
      'relation mapping file "{file}" contains incorrect checksum',
      'could not read block {block} in file "{file}": {*}',
      'could not read blocks {*} in file "{file}": {*}',
      'could not read file "{file}": read {*} of {*}',
      'could not access status of transaction {xid}',
      'incorrect checksum in control file',
      'invalid magic number in file "{file}"',
      '"{file}" is not a valid data directory',
    ],
    process: 'any',
    severity: 'any',
    meaning: 'a file of the data directory is damaged or cut short',
  },
  'no-valid-checkpoint': {
    wordings: [
      'could not locate a valid checkpoint record at {lsn}',
      'could not locate a valid checkpoint record',
      'could not locate required checkpoint record at {lsn}',
      'could not locate required checkpoint record',
      'could not find redo location {*} referenced by checkpoint record{*}',
      'could not find redo location referenced by checkpoint record',
    ],
    process: 'startup',
    severity: ['PANIC', 'FATAL'],
    meaning: 'the WAL from which recovery would have to start is missing or damaged',
  },
  'parameters-too-small': {
    wordings: [
      'recovery aborted because of insufficient parameter settings',
      'hot standby is not possible because of insufficient parameter settings',
      'promotion is not possible because of insufficient parameter settings',
      'hot standby is not possible because {name} = {*} is a lower setting than on the {*} server (its value was {*})',
    ],
    process: 'startup',
    severity: ['FATAL', 'WARNING', 'ERROR'],
    meaning: "a setting such as max_connections is lower than the primary's",
  },
  'bad-setting': {
    wordings: ['invalid value for parameter "{name}": {*}', 'configuration file "{file}" contains errors{*}'],
    process: 'any',
    severity: 'any',
    meaning: 'a setting is not valid; a server with such a setting does not start',
  },
  'old-recovery-conf': {
    wordings: ['using recovery command file "{file}" is not supported'],
    process: 'startup',
    severity: ['FATAL'],
    meaning: 'recovery.conf is of the time before 12: use standby.signal or recovery.signal and settings',
  },
  'shared-memory-in-use': {
    wordings: ['pre-existing shared memory block (key {*}, ID {*}) is still in use'],
    process: 'postmaster',
    severity: ['FATAL'],
    meaning: 'sessions of the former server still live and may be committing: end them first',
  },
  'lock-file-exists': {
    wordings: ['lock file "{file}" already exists'],
    process: 'postmaster',
    severity: ['FATAL'],
    meaning: 'another server uses this data directory or port, or left its lock file behind',
  },
  'standby-in-single-user': {
    wordings: ['standby mode is not supported by single-user servers'],
    process: 'any',
    severity: ['FATAL'],
    meaning:
      'pg_rewind cannot recover a crashed server that holds standby.signal: start it once as a standby without a source, stop it, rewind',
  },
} as const satisfies Record<string, MessageKind>;
