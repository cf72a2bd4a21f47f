// The history files of a server's way, fetched and durable before any WAL that only they explain.

import type { Fault } from '../faults.ts';
import { type History, parseHistory, type Timeline } from '../postgres/timeline.ts';
import { ReceiveRefused, type TellReceive } from './receive-events.ts';
import type { Replication } from './replication.ts';
import type { ClusterRepository } from './repository.ts';
import { readHistoryFile } from './wal-catalog.ts';
import { putHistory } from './wal-put.ts';

/**
 * The way to `line`, and a copy of every history file on it. Undefined for timeline 1, and where neither the server nor the
 * repository has the file. Throws {@link ReceiveRefused} where another history of the same number is kept: two servers were
 * promoted apart, and both called their timeline so.
 */
export async function followHistories(
  repo: ClusterRepository,
  replication: Replication,
  line: Timeline,
  server: string,
  tell: TellReceive,
): Promise<History | undefined> {
  const newest = await one(repo, replication, line, server, tell);
  for (const { timeline } of newest?.ancestors ?? []) {
    if (!(await isThere(repo, timeline))) await one(repo, replication, timeline, server, tell);
  }
  return newest;
}

const isThere = async (repo: ClusterRepository, line: Timeline): Promise<boolean> =>
  line === 1 || (await readHistoryFile(repo, line)) !== undefined;

async function one(
  repo: ClusterRepository,
  replication: Replication,
  line: Timeline,
  server: string,
  tell: TellReceive,
): Promise<History | undefined> {
  if (line === 1) return undefined;
  const bytes = await replication.history(line);
  if (bytes === undefined) {
    const kept = await readHistoryFile(repo, line);
    return kept && parseHistory(kept.toString('latin1'), line);
  }
  const put = await putHistory(repo, line, bytes);
  if (put === 'put') tell({ e: 'history', server, timeline: line });
  if (put === 'quarantined') throw await sibling(repo, line, bytes, server);
  return parseHistory(bytes.toString('latin1'), line);
}

async function sibling(repo: ClusterRepository, line: Timeline, bytes: Buffer, on: string): Promise<Fault> {
  const kept = await readHistoryFile(repo, line);
  const began = (content: Buffer | undefined): string =>
    content?.toString('latin1').trim().split('\n').at(-1)?.replaceAll(/\s+/g, ' ') ?? 'nothing';
  return new ReceiveRefused(
    `its timeline ${String(line)} is not the one that is kept: it came from "${began(bytes)}", the kept one from "${began(kept)}"`,
    { on, hint: 'two servers were promoted apart; lifeboat timelines shows which is which' },
  );
}
