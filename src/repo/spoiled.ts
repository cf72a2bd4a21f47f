// From damage to what it costs: the backups that need what is damaged, and the places in the WAL that nothing leads to any more.

import { type Lsn, lsn } from '../postgres/lsn.ts';
import { lastSegmentName, segmentName, segmentStart } from '../postgres/segment.ts';
import type { Instant } from '../time.ts';
import type { Backup } from './backup.ts';
import { readRecord, recordCount } from './block-record.ts';
import { packedFiles } from './catalog.ts';
import { Damage } from './damage.ts';
import { type Finding, type LostSpan, pathsNamed, type Spoiled } from './finding.ts';
import type { BackupId } from './layout.ts';
import type { ClusterRepository } from './repository.ts';
import { isWhole, lostSpans, type Span } from './retain.ts';
import type { StoreName } from './store.ts';
import { type ListedWal, walWithout } from './verify-wal.ts';
import { walIndexes } from './wal-index.ts';
import { touches, type Wound } from './wound.ts';

/** Everything as it would be without any damage; what is told of a backup whose summary is damaged stands in for it. */
export interface Sound {
  readonly backups: readonly Backup[];
  readonly wal: ListedWal;
  /** Packs that a backup names. */
  readonly named: ReadonlySet<StoreName>;
}

export async function findingsOf(
  repo: ClusterRepository,
  sound: Sound,
  wounds: readonly Wound[],
): Promise<readonly Finding[]> {
  const blocks = await blocksIn(repo, sound.backups, wounds);
  const findings: Finding[] = [];
  for (const wound of wounds) {
    const finding = await findingOf(repo, sound, wound, blocks.get(wound.object) ?? []);
    if (finding !== undefined) findings.push(finding);
  }
  return findings;
}

async function findingOf(
  repo: ClusterRepository,
  { backups, wal, named }: Sound,
  wound: Wound,
  blocks: readonly Spoiled[],
): Promise<Finding | undefined> {
  const { object, what, missing, harm } = wound;
  const [before, after] = [walWithout(wal, []), walWithout(wal, [wound])];
  const cannot = (backup: Backup): boolean =>
    (isWhole(backup, before) && !isWhole(backup, after)) ||
    harm.is === 'cluster' ||
    (harm.is === 'backup' && harm.id === backup.id) ||
    (harm.is === 'history' && harm.timeline === backup.stopTimeline);
  const spoiled = backups.flatMap(backup => {
    const some = blocks.find(({ id }) => id === backup.id);
    return cannot(backup) ? [{ id: backup.id, blocks: null, files: [], moreFiles: 0 }] : (some ?? []);
  });
  const ids = new Set<BackupId>(spoiled.map(({ id }) => id));
  const whole = backups.filter(backup => isWhole(backup, before));
  const left = whole.filter(({ id }) => !ids.has(id));
  const lost = lostSpans(whole, left, before, after);
  // A gap that no backup's way crosses: nobody knows whether it ever was there, and nobody needs it.
  if (missing && harm.is === 'segments' && spoiled.length === 0 && lost.length === 0) {
    if (!(await hasIndex(repo, harm.names))) return undefined;
  }
  const orphan = harm.is === 'pack' ? !named.has(object) : harm.is === 'nothing' && harm.orphan === true;
  return {
    object,
    what,
    missing,
    orphan,
    backups: spoiled,
    lost: await Promise.all(lost.map(span => dated(repo, wal, whole, span))),
    harmless: spoiled.length > 0 || lost.length > 0 ? null : harmlessBecause(wound, orphan),
  };
}

function harmlessBecause({ harm }: Wound, orphan: boolean): string {
  if (orphan) return 'it belongs to no backup';
  if (harm.is === 'nothing') return harm.why;
  if (harm.is === 'pack') return 'no block of any backup lies there';
  return 'nothing that can be restored needs it';
}

const hasIndex = async ({ store, names }: ClusterRepository, segments: readonly string[]): Promise<boolean> => {
  for (const name of segments) if ((await store.getRange(names.index(name), 0, 1)) !== undefined) return true;
  return false;
};

/** By the damaged pack, the backups that have blocks in what cannot be read, patched ones too. */
async function blocksIn(
  repo: ClusterRepository,
  backups: readonly Backup[],
  wounds: readonly Wound[],
): Promise<ReadonlyMap<StoreName, readonly Spoiled[]>> {
  const hurt = new Map(wounds.flatMap(({ object, harm }) => (harm.is === 'pack' ? [[object, harm.spans]] : [])));
  const found = new Map<StoreName, Spoiled[]>();
  if (hurt.size === 0) return found;
  for (const backup of backups) {
    const own = new Map<StoreName, { blocks: number; files: string[] }>();
    try {
      for await (const { path, records } of packedFiles(repo, backup)) {
        const seen = new Set<StoreName>();
        for (let index = 0; index < recordCount(records); index += 1) {
          const { whole, patch } = readRecord(records, index);
          for (const place of patch === null ? [whole] : [whole, patch]) {
            const pack = backup.packs[place.pack];
            if (pack === undefined || !touches(hurt.get(pack), place.offset, place.length)) continue;
            const spoiled = own.get(pack) ?? { blocks: 0, files: [] };
            own.set(pack, spoiled);
            spoiled.blocks += 1;
            if (!seen.has(pack)) spoiled.files.push(path);
            seen.add(pack);
          }
        }
      }
    } catch (error) {
      // Its own list is damaged, and told of by itself.
      if (!(error instanceof Damage)) throw error;
    }
    for (const [pack, { blocks, files }] of own) {
      const moreFiles = Math.max(0, files.length - pathsNamed);
      const one = { id: backup.id, blocks, files: files.slice(0, pathsNamed), moreFiles };
      found.set(pack, [...(found.get(pack) ?? []), one]);
    }
  }
  return found;
}

/** From the indexes of the segments around it, which may be there even where the segments themselves are not. */
async function dated(
  repo: ClusterRepository,
  { segmentSize }: ListedWal,
  whole: readonly Backup[],
  span: Span,
): Promise<LostSpan> {
  const { timeline, from, to } = span;
  const stoppedAt = (place: Lsn): Instant | null =>
    whole.find(({ stopTimeline, stop }) => stopTimeline === timeline && stop === place)?.stopped ?? null;
  const first = segmentStart(from, segmentSize);
  const before = first === 0n ? [] : [segmentName(timeline, lsn(first - 1n), segmentSize)];
  const [here, last] = [segmentName(timeline, from, segmentSize), lastSegmentName(timeline, to, segmentSize)];
  const indexes = await walIndexes(repo, [...new Set([...before, here, last])], segmentSize);
  const lastBefore = before.flatMap(name => indexes.get(name)?.lastEnd ?? [])[0];
  return {
    ...span,
    after: stoppedAt(from) ?? lastBefore?.time ?? indexes.get(here)?.firstEnd?.time ?? null,
    until: stoppedAt(to) ?? indexes.get(last)?.lastEnd?.time ?? null,
  };
}
