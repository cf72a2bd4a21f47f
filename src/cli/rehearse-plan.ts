// What a rehearsal's sandbox is made of, and whether this machine has the room and the programs for it: known before anything is made.

import { randomBytes } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { Fault } from '../faults.ts';
import { tablespacePath } from '../lab/layout.ts';
import { type CopySettings, copySettings } from '../postgres/outward.ts';
import type { Chosen } from '../repo/choose.ts';
import type { ClusterRepository } from '../repo/repository.ts';
import type { Backup } from '../repo/backup.ts';
import { type Contents, contentsOf } from '../repo/restore-contents.ts';
import { unreachableWords } from '../repo/unreachable.ts';
import { wayBack } from '../repo/way-back.ts';
import type { Drill } from '../runbook/drill-types.ts';
import { type Bytes, bytes, showBytes } from '../time.ts';
import { programsOf } from './restore-where.ts';

export interface SandboxPlan {
  /** That will be made, in the parent. */
  readonly directory: string;
  /** The newest backup, and all WAL that is kept. */
  readonly chosen: Chosen;
  readonly contents: Contents;
  /** Of the data. */
  readonly size: Bytes;
  readonly walSize: Bytes;
  readonly needed: Bytes;
  readonly bin: string;
  readonly settings: CopySettings;
}

/**
 * Reads the repository and this machine only. Throws a Fault `refused` where there is no backup, no room in `parent`, a path
 * that leaves none for a tablespace's, or no PostgreSQL of that version.
 */
export async function planSandbox(repo: ClusterRepository, drill: Drill, parent: string): Promise<SandboxPlan> {
  const chosen = await wayBack(repo, { target: { is: 'latest' } });
  if (chosen.is !== 'chosen') {
    const [fact = '', ...more] = unreachableWords(chosen);
    throw new Fault('refused', fact, { hint: more.join('\n') });
  }
  const { backup, segments } = chosen;
  const bin = programsOf(backup.version);
  if (bin === null) {
    throw new Fault('refused', `the programs of PostgreSQL ${backup.version} are not on this machine`, {
      hint: 'a rehearsal runs real servers here: install that version',
    });
  }
  const contents = await contentsOf(repo, backup);
  if (contents.control === undefined)
    throw new Fault('refused', `the pg_control of backup ${backup.id} is damaged`, { hint: 'lifeboat verify' });
  const size = bytes([...contents.sizes.values()].reduce((sum, one) => sum + one, 0));
  const walSize = bytes(segments.length * backup.segmentSize);
  const needed = bytes(size * copiesIn(drill) + walSize + Math.min(walSize, replayed));
  const { bavail, bsize } = await statfs(parent);
  const free = bytes(bavail * bsize);
  if (needed > free) {
    throw new Fault(
      'refused',
      `the sandbox needs ${showBytes(needed)} in ${parent}: ${String(copiesIn(drill))} times ${showBytes(size)}, and ${showBytes(walSize)} of WAL; ${showBytes(free)} are free`,
      { hint: 'make room, or name another place: --scratch DIRECTORY' },
    );
  }
  const settings = copySettings(contents, contents.control.limits, totalmem() / 8);
  return { directory: directoryIn(parent, drill, backup), chosen, contents, size, walSize, needed, bin, settings };
}

/** A short name: see there. */
function directoryIn(parent: string, { topology }: Drill, { tablespaces }: Backup): string {
  const directory = join(parent, `lifeboat-copy-${randomBytes(2).toString('hex')}`);
  const [longest] = tablespaces
    .map(({ oid }) => tablespacePath(join(directory, `node${String(topology.nodes)}`), oid))
    .sort((a, b) => b.length - a.length);
  if (longest === undefined || Buffer.byteLength(longest) <= longestLink) return directory;
  throw new Fault(
    'refused',
    `a tablespace of the copy would lie in ${longest}, which is ${String(Buffer.byteLength(longest))} bytes; a base backup takes a link to at most ${String(longestLink)}`,
    { hint: 'name a place with a shorter path: --scratch DIRECTORY' },
  );
}

/** The server refuses to send a longer one, "symbolic link target too long for tar format" (PostgreSQL 13 to 18, basebackup.c: a tar header has 100 bytes for it). */
const longestLink = 99;

/** A fetched segment stays in pg_wal until the next restartpoint. */
const replayed = 1024 ** 3;

/** Of the data: one on each node, what a book moves aside and brings again, and the copy's own backup. */
function copiesIn({ topology, acts }: Drill): number {
  const again = acts.filter(({ runbook }) => !inPlace.has(runbook.name)).length;
  return topology.nodes + again + (topology.repository ? 1 : 0);
}

const inPlace = new Set(['failover', 'switchover', 'switchback', 'fence']);
