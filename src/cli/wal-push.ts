// lifeboat wal push: one file of WAL into the repository, for archive_command; exit 0 only when it is durable there.

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { exits, Fault } from '../faults.ts';
import { walFileKind } from '../postgres/segment.ts';
import { parseTimelineHex } from '../postgres/timeline.ts';
import type { ClusterRepository } from '../repo/repository.ts';
import { putBackupHistory, putHistory, putSegment, type WalPut } from '../repo/wal-put.ts';
import { indexSegment } from '../repo/wal-index.ts';
import { putPartial } from '../repo/wal-put-partial.ts';
import type { Terminal } from './terminal.ts';
import { unreadable } from './unreadable.ts';
import { walOwner, walRepository, type WalRepositoryOptions } from './wal-repository.ts';

/** @param path `%p` */
export async function walPush(terminal: Terminal, path: string, options: WalRepositoryOptions): Promise<number> {
  const name = basename(path);
  if (walFileKind(name) === undefined) {
    throw new Fault('usage', `"${name}" is no file of WAL`, { hint: "archive_command = 'lifeboat wal push %p …'" });
  }
  const [repo, bytes] = await Promise.all([walRepository(terminal, options), read(path)]);
  if ((await put(repo, name, bytes, path)) === 'quarantined') {
    throw new Fault(
      'failed',
      `the repository ${repo.where} keeps another "${name}" of cluster "${repo.cluster}"; this one lies in ${repo.names.quarantine} now, nothing was overwritten`,
      {
        hint: 'two servers archive under one name, or one was restored without a new timeline: find out which (lifeboat timelines); the one that is wrong needs archive_mode = off',
      },
    );
  }
  return exits.ok;
}

async function put(repo: ClusterRepository, name: string, bytes: Buffer, path: string): Promise<WalPut> {
  const who = `"${path}"`;
  switch (walFileKind(name)) {
    case 'segment': {
      const done = await putSegment(repo, name, bytes, who);
      if (done === 'put') await indexed(repo, name, bytes);
      return done;
    }
    case 'partial':
      return putPartial(repo, name.slice(0, 24), bytes, { who, owner: walOwner() });
    case 'timeline-history': {
      const line = parseTimelineHex(name.slice(0, 8));
      if (line !== undefined) return putHistory(repo, line, bytes);
      throw new Fault('usage', `"${name}" names no timeline`);
    }
    default:
      return putBackupHistory(repo, name, bytes);
  }
}

/** Whoever misses an index makes it himself: the segment is durable, and that is what the server waits for. */
async function indexed(repo: ClusterRepository, name: string, bytes: Buffer): Promise<void> {
  try {
    await indexSegment(repo, name, bytes);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
  }
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw unreadable('the WAL file', path, error, 'archive_command runs in the data directory; %p is relative to it');
  }
}
