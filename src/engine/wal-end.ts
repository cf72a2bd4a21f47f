// Where the WAL of a stopped server ends: read with its own pg_waldump, on its own host.

import type { Known } from '../look/facts.ts';
import { installation, walDirectory } from '../look/installation.ts';
import type { Host, Ran } from '../ports.ts';
import { pgWaldump, pgWaldumpStats } from '../postgres/commands.ts';
import type { Lsn } from '../postgres/lsn.ts';
import { segmentStart } from '../postgres/segment.ts';
import { timeline as toTimeline } from '../postgres/timeline.ts';
import { endOfWaldump, endsAt, lastRecord, readableTo, type WalEnd } from '../postgres/waldump.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';
import type { Duration, Instant } from '../time.ts';

export interface Reading {
  readonly host: Host;
  readonly node: NodeSite;
  readonly within: Duration;
  readonly now: Instant;
}

/** From `start`, the beginning or the end of a record. */
export async function walEnd(
  { host, node, within, now }: Reading,
  number: number,
  start: Lsn,
  segmentSize: number,
): Promise<Known<WalEnd>> {
  const timeline = toTimeline(number);
  const path = walDirectory(node);
  const at = installation(node);
  const files = await host.list(path, within);
  if ('silent' in files) return unknown(files.silent, files.unreachable);
  const found = (value: WalEnd): Known<WalEnd> => ({ is: 'seen', value, at: now });
  const names = files.map(({ name }) => name);
  const limit = readableTo(names, timeline, start, segmentSize);
  if (limit === undefined) {
    // At the very beginning of a segment that was never written there is not even a file.
    if (start === segmentStart(start, segmentSize)) return found(endsAt(start));
    return unknown('the segment that the standby reached is no longer there', false);
  }
  // Statistics instead of records: the end is told on stderr either way, and half a gigabyte of WAL is a lot of text.
  const ran = await host.read(pgWaldumpStats(at, { path, timeline, start, end: limit }), within);
  if (ran.is !== 'ended') return noEnd(ran);
  const end = endOfWaldump(ran.stderr, start, segmentSize);
  if (end) return found(end);
  if (ran.code !== 0) return noEnd(ran);
  // It read to the end of the last file, where a record may have begun that was never finished: the last whole one counts.
  const from = segmentStart((limit - 1n) as Lsn, segmentSize);
  const records = await host.read(
    pgWaldump(at, { path, timeline, start: from > start ? from : start, end: limit }),
    within,
  );
  const last = records.is === 'ended' ? lastRecord(records.stdout) : undefined;
  return last === undefined ? noEnd(records) : found({ last, end: limit });
}

const unknown = (why: string, unreachable: boolean): Known<WalEnd> => ({ is: 'silent', why, unreachable });

function noEnd(ran: Ran): Known<WalEnd> {
  if (ran.is === 'ended') return unknown(ran.stderr.trim().split('\n').at(-1) || 'pg_waldump said nothing', false);
  return unknown(ran.is === 'refused' ? ran.found : ran.why, ran.is === 'silent');
}
