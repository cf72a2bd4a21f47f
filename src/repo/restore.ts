// Carries out a restore: WAL, files and settings to the target, pg_control last, so that what is half done can never be started.

import { Fault } from '../faults.ts';
import { type Bytes, bytes } from '../time.ts';
import { type BackupFile, blockSize } from './backup.ts';
import { backupFiles, readManifest } from './catalog.ts';
import { Damage } from './damage.ts';
import { readBlock } from './packs.ts';
import type { ClusterRepository } from './repository.ts';
import { tablespaceMap } from './restore-settings.ts';
import {
  controlPath,
  type Entry,
  heldControl,
  markerName,
  type RestoreTarget,
  type TargetSeen,
  type TellWritten,
  type Written,
} from './restore-target.ts';
import type { RestorePlan } from './restore-plan.ts';
import { walEntries } from './restore-wal.ts';

export interface Restored extends Written {
  /** What was in the target and not in the backup. */
  readonly removed: number;
  /** Where WAL of the former cluster was moved to, if there was any. */
  readonly aside: string | null;
  /** All that is settled, for progress: files, WAL and manifest. */
  readonly all: Bytes;
}

export interface RestoreHands {
  readonly repo: ClusterRepository;
  readonly target: RestoreTarget;
  readonly tell: TellWritten;
  readonly stop: AbortSignal;
}

/**
 * Throws a Fault: `refused` with every reason where the plan has some, before anything is touched; `failed` where the repository
 * is damaged or the target fails: what is there then has no pg_control, and the same command goes on where it was.
 */
export async function restore(hands: RestoreHands, plan: RestorePlan, seen: TargetSeen): Promise<Restored> {
  refuse(plan);
  const { repo, target } = hands;
  const { owner } = seen;
  try {
    const { aside } = await target.begin({
      marker: {
        systemId: plan.backup.systemId,
        backup: plan.backup.id,
        cluster: plan.backup.cluster,
        tablespaces: plan.places.tablespaces,
      },
      mode: plan.groupAccess ? 0o750 : 0o700,
      owner,
      aside: `before-${repo.clock.now().slice(0, 19).replaceAll(/[-:]/g, '')}Z`,
    });
    const delta = plan.mode !== 'new';
    const written = await target.write(entriesOf(hands, plan), { delta }, hands.tell);
    const removed = delta ? await target.prune(keptPaths(plan)) : 0;
    halt(hands.stop);
    await target.finish({ owner });
    return { ...written, removed, aside, all: bytes(written.written + written.same) };
  } catch (error) {
    throw error instanceof Damage ? spoiled(error, plan) : error;
  }
}

/** Throws where the plan has reasons against it: the first one with its hint, the others as lines. */
export function refuse({ refusals }: RestorePlan): void {
  const [first, ...more] = refusals;
  if (first === undefined) return;
  throw new Fault('refused', first.what, {
    hint: [first.hint, ...more.map(({ what, hint }) => `and ${what}: ${hint}`)].join('\n'),
  });
}

/** A backup of a standby brings its standby.signal along, which would win over the other one. */
const signals = ['standby.signal', 'recovery.signal'];

async function* entriesOf({ repo, stop }: RestoreHands, plan: RestorePlan): AsyncGenerator<Entry> {
  const { backup } = plan;
  const settled = new Set(['postgresql.auto.conf', ...signals, ...(plan.moved ? ['tablespace_map'] : [])]);
  const links = new Set(['pg_wal', 'pg_tblspc', ...plan.tablespaces.map(({ oid }) => `pg_tblspc/${oid}`)]);
  // First, for a segment that is missing or damaged must not be found out after an hour of copying.
  for await (const entry of walEntries(repo, plan)) {
    halt(stop);
    yield entry;
  }
  for await (const file of backupFiles(repo, backup)) {
    halt(stop);
    if (settled.has(file.path)) continue;
    // Directories that begin() made, or links to them.
    if (file.kind !== 'file' && links.has(file.path)) continue;
    const path = file.path === controlPath ? heldControl : file.path;
    yield entryOf({ ...file, path }, index => readPiece(repo, plan, file, index));
  }
  const mode = plan.groupAccess ? 0o640 : 0o600;
  yield fileEntry('backup_manifest', await readManifest(repo, backup), mode);
  for (const [path, text] of settingsFiles(plan)) yield fileEntry(path, Buffer.from(text), mode);
}

function settingsFiles({ settings, moved, tablespaces }: RestorePlan): [string, string][] {
  if (settings === null) return [];
  const map = tablespaces.map(({ oid, to }) => ({ oid, location: to }));
  return [
    ['postgresql.auto.conf', settings.text],
    [settings.signal, ''],
    ...(moved ? [['tablespace_map', tablespaceMap(map)] as [string, string]] : []),
  ];
}

/** Paths that stay: those of the backup, and what a restore adds. */
function keptPaths(plan: RestorePlan): ReadonlySet<string> {
  const own = [heldControl, markerName, 'backup_manifest', 'pg_wal', 'pg_tblspc'];
  const links = plan.tablespaces.map(({ oid }) => `pg_tblspc/${oid}`);
  const backed = [...plan.keep].filter(path => path !== controlPath && !signals.includes(path));
  return new Set([...backed, ...own, ...links, ...settingsFiles(plan).map(([path]) => path)]);
}

async function readPiece(
  repo: ClusterRepository,
  { backup }: RestorePlan,
  file: BackupFile,
  index: number,
): Promise<Buffer> {
  const block = file.blocks[index];
  if (block === undefined) throw new Damage(repo.names.files(backup.id), `has no block ${index} of ${file.path}`);
  try {
    return await readBlock(repo, backup, block, file.path);
  } catch (error) {
    throw error instanceof Damage ? new Spoiled(error, file.path) : error;
  }
}

/** Damage, and the file that it spoils. */
class Spoiled extends Damage {
  readonly path: string;

  constructor({ object, message }: Damage, path: string) {
    super(object, message.slice(object.length + 2));
    this.path = path;
  }
}

function spoiled(damage: Damage, { backup, where }: RestorePlan): Fault {
  const file =
    damage instanceof Spoiled ? `: ${damage.path} of backup ${backup.id} cannot be had` : ` (backup ${backup.id})`;
  return new Fault('failed', `the repository is damaged${file}; ${damage.message}`, {
    hint: `${where} has no pg_control and cannot be started; an older backup may be whole: lifeboat restore --backup ID (lifeboat backups shows them)`,
    cause: damage,
  });
}

const entryOf = (file: BackupFile, piece: Entry['piece']): Entry => ({
  path: file.path,
  encoded: file.encoded,
  kind: file.kind,
  target: file.target,
  size: file.size,
  mode: file.mode,
  hashes: file.blocks.map(({ hash }) => hash),
  piece,
});

/** A file whose bytes are at hand. */
export function fileEntry(path: string, content: Buffer, mode: number): Entry {
  return {
    path,
    encoded: false,
    kind: 'file',
    target: null,
    size: content.length,
    mode,
    hashes: null,
    piece: index => Promise.resolve(content.subarray(index * blockSize, (index + 1) * blockSize)),
  };
}

function halt(stop: AbortSignal): void {
  if (!stop.aborted) return;
  throw new Fault('interrupted', 'interrupted; what is there has no pg_control and cannot be started', {
    hint: 'the same command again goes on where this one was',
  });
}
