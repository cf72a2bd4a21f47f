// The unfinished last segment of a timeline, as a promoted server archives it.

import { parseSegmentName } from '../postgres/segment.ts';
import { writtenBytes } from '../postgres/wal-written.ts';
import { takeLease } from './lease.ts';
import { Partial } from './partial.ts';
import { quarantine } from './quarantine.ts';
import { receiverLease } from './receiver-lease.ts';
import type { ClusterRepository } from './repository.ts';
import { readSegment } from './wal-catalog.ts';
import { checkSegment, type WalPut } from './wal-put.ts';

/**
 * `000000010000000000000003.partial` of an archive_command: joined to what a receiver has kept of that segment, for the longer
 * of the two is the better one. Throws a Fault `locked` where more came than is kept while a receiver is at work: it brings the
 * same, and two would write one journal.
 *
 * @param name of the segment, without `.partial`
 */
export async function putPartial(
  repo: ClusterRepository,
  name: string,
  bytes: Buffer,
  { who, owner }: { readonly who: string; readonly owner: string },
): Promise<WalPut> {
  await checkSegment(repo, name, bytes, who);
  const place = parseSegmentName(name, bytes.length);
  if (place === undefined) throw new Error(`not a segment: ${name}`);
  const own = bytes.subarray(0, writtenBytes(bytes, place.start));
  const whole = await readSegment(repo, name);
  const kept = whole ?? (await keptOf(repo, name, place.start));
  const common = Math.min(kept.length, own.length);
  if (!kept.subarray(0, common).equals(own.subarray(0, common))) {
    await quarantine(repo, `${name}.partial`, 'segment', bytes);
    return 'quarantined';
  }
  if (own.length <= kept.length) return 'same';
  const lease = await takeLease(repo, receiverLease, owner);
  try {
    const partial = await Partial.open(repo, name, place.start);
    try {
      await partial.append(own.subarray(partial.kept.length));
    } finally {
      await partial.close();
    }
  } finally {
    await lease.release();
  }
  return 'put';
}

async function keptOf(repo: ClusterRepository, name: string, start: Partial['end']): Promise<Buffer> {
  const partial = await Partial.open(repo, name, start);
  await partial.close();
  return partial.kept;
}
