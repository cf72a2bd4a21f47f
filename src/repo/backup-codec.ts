// The summary of a backup as the JSON that the repository keeps, LSNs as text. Pure.

import { Fault } from '../faults.ts';
import { parseLsn, showLsn } from '../postgres/lsn.ts';
import type { Backup } from './backup.ts';

export function encodeBackup(backup: Backup): Buffer {
  const { start, stop, ...rest } = backup;
  return Buffer.from(`${JSON.stringify({ ...rest, start: showLsn(start), stop: showLsn(stop) }, null, 1)}\n`);
}

/** Undefined where it is none. Throws a Fault `refused` for one that a newer Lifeboat has written: what is not understood must not be restored, nor its packs removed. */
export function decodeBackup(content: Buffer): Backup | undefined {
  const read = parsed(content);
  if (read === undefined) return undefined;
  if (read['format'] !== 1) {
    throw new Fault(
      'refused',
      `backup ${String(read['id'])} has format ${String(read['format'])}, and this Lifeboat knows format 1`,
      {
        hint: 'use the version of Lifeboat that took it, or a newer one',
      },
    );
  }
  const [start, stop] = [parseLsn(String(read['start'])), parseLsn(String(read['stop']))];
  if (start === undefined || stop === undefined || !Array.isArray(read['packs'])) return undefined;
  return { ...read, start, stop } as unknown as Backup;
}

function parsed(content: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const read: unknown = JSON.parse(content.toString());
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
