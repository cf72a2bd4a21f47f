// lifeboat wal get: one file of WAL out of the repository, for restore_command; absent and failed are two things.

import { rename, rm, writeFile } from 'node:fs/promises';
import { Fault, faultText } from '../faults.ts';
import { walFileKind } from '../postgres/segment.ts';
import { parseTimelineHex } from '../postgres/timeline.ts';
import type { ClusterRepository } from '../repo/repository.ts';
import { readHistoryFile, readPartial, readSegment } from '../repo/wal-catalog.ts';
import type { Terminal } from './terminal.ts';
import { walRepository, type WalRepositoryOptions } from './wal-repository.ts';

/**
 * What PostgreSQL makes of an exit code of restore_command (xlogarchive.c, RestoreArchivedFile): 1 to 125 is "not in the archive",
 * which ends recovery or tries the next timeline; above 125 recovery is given up. A repository that cannot be read right now must
 * never look like the end of the WAL.
 */
export const walGetExits = { given: 0, absent: 1, failed: 200 } as const;

export interface WalGetOptions extends WalRepositoryOptions {
  /** Whether the unfinished last segment of a timeline may be given, filled up with zeros. */
  readonly partial: boolean;
}

/** @param name `%f` @param to `%p` */
export async function walGet(terminal: Terminal, name: string, to: string, options: WalGetOptions): Promise<number> {
  try {
    const bytes = await found(await walRepository(terminal, options), name, options.partial);
    if (bytes === undefined) return walGetExits.absent;
    await place(to, bytes);
    return walGetExits.given;
  } catch (error) {
    terminal.err(`${error instanceof Fault ? faultText(error) : `lifeboat: ${String(error)}`}\n`);
    return walGetExits.failed;
  }
}

async function found(repo: ClusterRepository, name: string, partial: boolean): Promise<Buffer | undefined> {
  const kind = walFileKind(name);
  if (kind === 'segment')
    return (await readSegment(repo, name)) ?? (partial ? await unfinished(repo, name) : undefined);
  if (kind === 'partial') return (await readPartial(repo, name.slice(0, 24)))?.bytes;
  if (kind === 'backup-history') return repo.vault.get(`${repo.names.histories}${name}`, 'history');
  const line = kind === 'timeline-history' ? parseTimelineHex(name.slice(0, 8)) : undefined;
  if (line !== undefined) return readHistoryFile(repo, line);
  throw new Fault('usage', `"${name}" is no file of WAL`, { hint: "restore_command = 'lifeboat wal get %f %p …'" });
}

/** PostgreSQL never asks for a `.partial`: under its real name it replays what was acknowledged, and stops at the zeros. */
async function unfinished(repo: ClusterRepository, name: string): Promise<Buffer | undefined> {
  const kept = await readPartial(repo, name);
  if (kept === undefined) return undefined;
  // Where the timeline goes on behind it, this one is a hole, and no end.
  const others = (await repo.store.list(repo.names.wal)).map(({ name: path }) => path.slice(path.lastIndexOf('/') + 1));
  const goesOn = others.some(other => other.length === 24 && other > name && other.startsWith(name.slice(0, 8)));
  return goesOn ? undefined : kept.bytes;
}

/** Never half of it under that name. */
async function place(to: string, bytes: Buffer): Promise<void> {
  const temporary = `${to}.lifeboat`;
  try {
    await writeFile(temporary, bytes, { mode: 0o600 });
    await rename(temporary, to);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
