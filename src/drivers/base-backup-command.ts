// BASE_BACKUP in the words of each version (manual 55.4). Pure.

import { Fault } from '../faults.ts';
import { baseBackupTakesParentheses, type Version } from '../postgres/version.ts';
import type { BaseBackupOptions } from '../repo/replication.ts';
import { bytes, type Bytes, showBytes } from '../time.ts';

/**
 * Without WAL and without waiting for the archiver, since whoever takes the backup keeps its WAL; links to tablespaces as
 * links, for a `tablespace_map` would put them back where they were wherever the backup is restored. Throws a Fault where
 * the version cannot do what is asked.
 */
export function baseBackupCommand(options: BaseBackupOptions, version: Version): string {
  return baseBackupTakesParentheses(version) ? modern(options) : legacy(options, version);
}

function modern({ label, checkpoint, rate, serverCompression = 'none' }: BaseBackupOptions): string {
  const words = [
    `LABEL ${quoted(label)}`,
    'PROGRESS',
    `CHECKPOINT '${checkpoint}'`,
    'WAIT 0',
    ...(rate === undefined ? [] : [`MAX_RATE ${kilobytes(rate)}`]),
    "MANIFEST 'yes'",
    "MANIFEST_CHECKSUMS 'CRC32C'",
    ...(serverCompression === 'none' ? [] : [`COMPRESSION '${serverCompression}'`]),
  ];
  return `BASE_BACKUP (${words.join(', ')})`;
}

function legacy({ label, checkpoint, rate, serverCompression = 'none' }: BaseBackupOptions, version: Version): string {
  if (serverCompression !== 'none') {
    throw new Fault('refused', `PostgreSQL ${version.text} does not compress a backup; 15 and newer do`);
  }
  const words = [
    `LABEL ${quoted(label)}`,
    'PROGRESS',
    ...(checkpoint === 'fast' ? ['FAST'] : []),
    'NOWAIT',
    ...(rate === undefined ? [] : [`MAX_RATE ${kilobytes(rate)}`]),
    "MANIFEST 'yes'",
    "MANIFEST_CHECKSUMS 'CRC32C'",
  ];
  return `BASE_BACKUP ${words.join(' ')}`;
}

/** The replication grammar (repl_scanner.l) knows no escapes but the doubled quote. */
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** MAX_RATE counts kilobytes per second, from 32 to 1048576. */
function kilobytes(rate: Bytes): string {
  const [least, most] = [bytes(32 * 1024), bytes(1024 ** 3)];
  if (rate < least || rate > most) {
    throw new Fault(
      'usage',
      `the rate must lie between ${showBytes(least)} and ${showBytes(most)} per second, not ${showBytes(rate)}`,
    );
  }
  return String(Math.floor(rate / 1024));
}
