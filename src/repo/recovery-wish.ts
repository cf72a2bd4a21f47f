// Where a recovery shall end, in the words of a book, and as the choosing takes it.

import { Fault } from '../faults.ts';
import type { Wish } from './choose.ts';
import type { BackupId } from './layout.ts';
import { readTarget, readTimelineWish } from './target.ts';

/** Plain data, as it stands in a book and in a journal. Empty texts say nothing. */
export interface WishWords {
  readonly to_time?: string;
  readonly to_xid?: string;
  readonly to_lsn?: string;
  readonly to_name?: string;
  /** Where it is no place of its own: the end of the WAL, or where the backup is consistent. */
  readonly to?: 'latest' | 'immediate';
  readonly exclusive?: boolean;
  /** `latest`, `current` or a number. */
  readonly timeline?: string;
  /** Only from this one. */
  readonly backup?: BackupId;
}

/** Throws a Fault `usage` where the words are no target, or name none or two. */
export function readWish(words: WishWords): Wish {
  const said = (word: string | undefined): string | undefined => (word === '' ? undefined : word);
  const [toTime, toXid, toLsn, toName] = [words.to_time, words.to_xid, words.to_lsn, words.to_name].map(said);
  const places = [toTime, toXid, toLsn, toName, words.to].filter(word => word !== undefined);
  if (places.length === 0)
    throw new Fault('usage', 'nothing says where the recovery shall end', {
      hint: 'give one: -p to_time="2026-11-21 16:45:04+00", -p to_xid=742, -p to_lsn=0/1A2B3C8 or -p to_name=NAME; lifeboat wal find shows where a mistake was made',
    });
  if (places.length > 1 && words.to === 'latest')
    throw new Fault('usage', `the end of the WAL and ${String(places[0])} exclude one another`);
  const target = readTarget(
    {
      ...(toTime !== undefined && { toTime }),
      ...(toXid !== undefined && { toXid }),
      ...(toLsn !== undefined && { toLsn }),
      ...(toName !== undefined && { toName }),
      ...(words.to === 'immediate' && { immediate: true }),
      ...(words.exclusive === true && { exclusive: true }),
    },
    'UTC',
  );
  return {
    target,
    timeline: readTimelineWish(said(words.timeline)),
    ...(said(words.backup) !== undefined && { backup: words.backup }),
  };
}
