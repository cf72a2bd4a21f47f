// A backup whose summary is lost, as far as its manifest and its name tell of it: enough to know what could be reached with it.

import { lsn, parseLsn } from '../postgres/lsn.ts';
import { timeline } from '../postgres/timeline.ts';
import { bytes, type Instant, parseInstant } from '../time.ts';
import type { Backup } from './backup.ts';
import { readManifest } from './catalog.ts';
import { Damage } from './damage.ts';
import type { BackupId } from './layout.ts';
import type { ClusterRepository } from './repository.ts';

/** Counts as failed where not even its WAL is known. */
export async function standIn(repo: ClusterRepository, id: BackupId): Promise<Backup> {
  const range = rangeIn(await manifestOf(repo, id));
  const started = startOf(id);
  return {
    format: 1,
    id,
    cluster: repo.cluster,
    label: id,
    status: range === undefined ? 'failed' : 'ok',
    damaged: null,
    systemId: '',
    version: '',
    segmentSize: 0,
    from: '',
    role: 'primary',
    started,
    stopped: started,
    timeline: timeline(range?.first ?? 1),
    start: range?.start ?? lsn(0n),
    stop: range?.stop ?? lsn(0n),
    stopTimeline: timeline(range?.last ?? 1),
    size: bytes(0),
    added: bytes(0),
    files: 0,
    blocks: { all: 0, stored: 0, patched: 0, same: 0 },
    tablespaces: [],
    packs: [],
  };
}

async function manifestOf(repo: ClusterRepository, id: BackupId): Promise<string> {
  try {
    return (await readManifest(repo, { id })).toString('latin1');
  } catch (error) {
    if (error instanceof Damage) return '';
    throw error;
  }
}

/** "WAL-Ranges" of the manifest (manual 77.3), which stand behind all its files. */
function rangeIn(manifest: string) {
  const [, ranges = ''] = /"WAL-Ranges": \[([^\]]*)\]/.exec(manifest.slice(-10_000)) ?? [];
  const all = [...ranges.matchAll(/"Timeline": (\d+), "Start-LSN": "([^"]+)", "End-LSN": "([^"]+)"/g)];
  const [first, last] = [all[0], all.at(-1)];
  const [start, stop] = [parseLsn(first?.[2] ?? ''), parseLsn(last?.[3] ?? '')];
  if (start === undefined || stop === undefined) return undefined;
  return { first: Number(first?.[1]), last: Number(last?.[1]), start, stop };
}

/** `20261121T031244Z-k3f9`. */
function startOf(id: BackupId): Instant {
  const text = id.slice(0, 16).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  return parseInstant(text) ?? ('1970-01-01T00:00:00Z' as Instant);
}
