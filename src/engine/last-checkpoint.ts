// The last checkpoint before a place, among the WAL that is still there: pg_rewind begins at it and can do nothing without.

import type { Known } from '../look/facts.ts';
import { installation } from '../look/installation.ts';
import { pgWaldump } from '../postgres/commands.ts';
import type { Lsn } from '../postgres/lsn.ts';
import { unbrokenBefore } from '../postgres/segment.ts';
import type { Timeline } from '../postgres/timeline.ts';
import { lastCheckpointRecord } from '../postgres/waldump.ts';
import type { Reading } from './wal-end.ts';

export interface Wanted {
  readonly directory: string;
  readonly timeline: Timeline;
  readonly before: Lsn;
  readonly segmentSize: number;
}

export async function lastCheckpoint(
  { host, node, within, now }: Reading,
  { directory, timeline, before, segmentSize }: Wanted,
): Promise<Known<Lsn | null>> {
  const files = await host.list(directory, within);
  if ('silent' in files) return { is: 'silent', why: files.silent, unreachable: files.unreachable };
  const names = files.map(({ name }) => name);
  const found = (value: Lsn | null): Known<Lsn | null> => ({ is: 'seen', value, at: now });
  for (const stretch of unbrokenBefore(names, timeline, before, segmentSize)) {
    const range = { path: directory, ...stretch };
    const ran = await host.read([...pgWaldump(installation(node), range), '-r', 'XLOG'], within);
    if (ran.is !== 'ended')
      return { is: 'silent', why: ran.is === 'refused' ? ran.found : ran.why, unreachable: ran.is === 'silent' };
    const checkpoint = lastCheckpointRecord(ran.stdout);
    if (checkpoint !== undefined) return found(checkpoint);
  }
  return found(null);
}
