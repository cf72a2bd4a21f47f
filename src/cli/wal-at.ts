// lifeboat wal at: a time, a place of the WAL or a transaction, as the other two; and the restore points that have names.

import { exits, Fault } from '../faults.ts';
import { walAtText } from '../report/wal-at-text.ts';
import { jsonText } from '../report/plain-data.ts';
import { type KnownSegments, knownSegments } from '../repo/known-segments.ts';
import { type At, endsOfXid, momentOfTime, momentsOfLsn, restorePoints } from '../repo/moment.ts';
import type { ClusterRepository } from '../repo/repository.ts';
import { readLsn, readTime, readXid } from '../repo/target.ts';
import type { InventoryOptions } from './inventory-file.ts';
import { openForCluster } from './open-repository.ts';
import { SegmentTalk } from './segment-talk.ts';
import type { Terminal } from './terminal.ts';

export interface WalAtOptions extends InventoryOptions {
  readonly points?: boolean;
  readonly json?: boolean;
}

/** Exit 0; 4 where there is no such transaction, or no WAL of that time or place. */
export async function walAt(terminal: Terminal, word: string | undefined, options: WalAtOptions): Promise<number> {
  if ((word === undefined) === (options.points !== true))
    throw new Fault('usage', 'wal at takes a time, an LSN or a transaction; or --points', {
      hint: 'lifeboat wal at "2026-11-21 03:12:44+00"; lifeboat wal at 0/1A2B3C8; lifeboat wal at 742',
    });
  const ask = word === undefined ? undefined : readWord(word);
  const { cluster, repo } = await openForCluster(terminal, options);
  const known = await knownSegments(repo);
  const at: At = ask === undefined ? { is: 'points', points: restorePoints(known) } : await ask(terminal, repo, known);
  if (options.json === true) terminal.out(`${jsonText({ cluster: cluster.name, ...at })}\n`);
  else terminal.out(`${walAtText(cluster.name, at, { width: terminal.width, colour: terminal.colour })}\n`);
  const nothing = (at.is === 'xid' && at.ends.length === 0) || ('moments' in at && at.moments.length === 0);
  return nothing ? exits.refused : exits.ok;
}

type Ask = (terminal: Terminal, repo: ClusterRepository, known: KnownSegments) => Promise<At>;

/** What it is shows in how it is written. Throws a Fault `usage`. */
function readWord(word: string): Ask {
  if (/^\d+$/.test(word)) {
    const xid = readXid(word, 'wal at');
    return async (terminal, repo, known) => {
      const talk = new SegmentTalk(terminal, () => repo.clock.now());
      let read = 0;
      const all = known.ways.reduce((sum, { slices }) => sum + slices.length, 0);
      const ends = await endsOfXid(repo, known, xid, () => talk.hear((read += 1), all));
      talk.end();
      return { is: 'xid', xid, ends };
    };
  }
  if (/^[0-9a-f]+\/[0-9a-f]+$/i.test(word)) {
    const lsn = readLsn(word, 'wal at');
    return async (_terminal, repo, known) => ({ is: 'lsn', lsn, moments: await momentsOfLsn(repo, known, lsn) });
  }
  const time = readTime(word, 'wal at', Intl.DateTimeFormat().resolvedOptions().timeZone);
  return async (_terminal, repo, known) => {
    const moment = await momentOfTime(repo, known, time);
    return { is: 'time', time, moments: moment === undefined ? [] : [moment] };
  };
}
