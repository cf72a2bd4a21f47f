// Puts finished WAL files into the repository: the same again is no error, other bytes under a kept name are never written over it.

import { Fault } from '../faults.ts';
import { isSegmentSize, parseSegmentName } from '../postgres/segment.ts';
import { historyFileName, parseHistory, type Timeline } from '../postgres/timeline.ts';
import { readWalPage } from '../postgres/wal-page-header.ts';
import { claimCluster } from './identity.ts';
import { quarantine, quarantineStored } from './quarantine.ts';
import type { ClusterRepository } from './repository.ts';
import type { StoreName } from './store.ts';
import { Damage, type ObjectKind } from './vault.ts';

/** `quarantined`: other bytes are kept under this name; these lie in the quarantine, durable as well. */
export type WalPut = 'put' | 'same' | 'quarantined';

/**
 * A whole segment. Durable when it resolves. Throws a Fault of code `refused` where the bytes are not this segment of this
 * cluster: an `archive_command` copied to another server along with postgresql.conf, or a file that was cut short.
 * @param who for the message, such as the file it came from
 */
export async function putSegment(
  repo: ClusterRepository,
  name: string,
  bytes: Buffer,
  who = `WAL segment "${name}"`,
): Promise<WalPut> {
  await checkSegment(repo, name, bytes, who);
  return putWhole(repo, repo.names.segment(name), 'segment', bytes);
}

/** The checks of {@link putSegment} alone. The cluster's identity is claimed by the first who comes. */
export async function checkSegment(repo: ClusterRepository, name: string, bytes: Buffer, who: string): Promise<void> {
  if (!isSegmentSize(bytes.length)) {
    throw new Fault('refused', `${who} has ${String(bytes.length)} bytes, which is no size of a WAL segment`, {
      hint: 'the disk under pg_wal may have been full when it was made; df, and the server log, will tell',
    });
  }
  const place = parseSegmentName(name, bytes.length);
  if (place === undefined) {
    throw new Fault('refused', `${who} has ${String(bytes.length)} bytes: no segment of that size is called "${name}"`);
  }
  const page = readWalPage(bytes, { start: place.start, offset: 0, segmentSize: bytes.length });
  if (typeof page === 'string' || page.systemId === null) {
    throw new Fault(
      'refused',
      `${who} is not what its name says: ${typeof page === 'string' ? page : 'no system identifier'}`,
    );
  }
  await claimCluster(repo, { systemId: page.systemId, major: page.major, segmentSize: bytes.length }, who);
  // The first segment of a timeline is a copy of the one it grew out of, with that one's number in its pages.
  if (page.timeline > place.timeline) {
    throw new Fault(
      'refused',
      `${who} holds WAL of timeline ${String(page.timeline)}, its name says ${String(place.timeline)}`,
    );
  }
}

/**
 * A timeline's history file. Durable when it resolves. Throws a Fault of code `refused` where it is empty or cut short: read
 * in a restore, a wrong switch point would lead along the wrong branch.
 */
export async function putHistory(repo: ClusterRepository, line: Timeline, bytes: Buffer): Promise<WalPut> {
  const name = historyFileName(line);
  // Every line that PostgreSQL writes ends with a line feed (timeline.c, writeTimeLineHistory).
  if (line === 1 || bytes.at(-1) !== 0x0a || parseHistory(bytes.toString('latin1'), line) === undefined) {
    throw new Fault('refused', `"${name}" is no whole timeline history: ${String(bytes.length)} bytes`, {
      hint: 'compare it with the file of that name in pg_wal of the primary',
    });
  }
  return putWhole(repo, repo.names.history(line), 'history', bytes);
}

/** `000000010000000000000003.00000028.backup`: PostgreSQL archives it, nobody reads it but people. */
export const putBackupHistory = (repo: ClusterRepository, name: string, bytes: Buffer): Promise<WalPut> =>
  putWhole(repo, `${repo.names.histories}${name}`, 'history', bytes);

async function putWhole(repo: ClusterRepository, name: StoreName, kind: ObjectKind, bytes: Buffer): Promise<WalPut> {
  if (await repo.vault.putIfAbsent(name, kind, bytes)) return 'put';
  try {
    if ((await repo.vault.get(name, kind))?.equals(bytes) === true) return 'same';
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    // What is there is nothing any more, and here it comes once again.
    await quarantineStored(repo, name);
    await repo.vault.put(name, kind, bytes);
    return 'put';
  }
  await quarantine(repo, name.slice(name.lastIndexOf('/') + 1), kind, bytes);
  return 'quarantined';
}
