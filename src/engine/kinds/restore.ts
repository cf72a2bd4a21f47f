// restore: a backup and the WAL of the way that was shown into a node's places; cut off, it is gone on with where it was.

import { readWish } from '../../repo/recovery-wish.ts';
import { wayWords } from '../../repo/restore-way.ts';
import { isHole } from '../planned.ts';
import type { OpKind } from './kind.ts';
import { mustGuard, never } from './must.ts';
import { outcomeOfFault } from './thrown.ts';

export const restore: OpKind<'restore'> = {
  name: 'restore',
  alters: ['systemId', 'timeline', 'version', 'fence'],
  changes: true,
  again: 'harmless',
  half: true,
  words: ({ way, into }) => ({
    verb: 'restore',
    text: isHole(way) ? `‹${way.hole}›` : wayWords(way),
    note: `into ${[into.data, ...(into.wal === null ? [] : [into.wal])].join(', ')}`,
  }),
  async perform(op, hand) {
    if (op.on === 'here') return never('restore onto no node');
    const { wish, way, into } = op.do;
    const { keeping = never('no repository to restore from'), site, stop } = hand;
    const order = { on: op.on, wish: readWish(wish), into };
    const how = {
      owner: site.owner,
      stop,
      tell: ({ written, same }: { readonly written: number; readonly same: number }): void => {
        hand.tell({ is: 'bytes', bytes: written + same, of: way.size });
      },
    };
    try {
      const { written } = await keeping.restore(order, way, mustGuard(hand.guard), how);
      return { is: 'done', outputs: { backup: way.backup, timeline: String(way.timeline), bytes: String(written) } };
    } catch (error) {
      return outcomeOfFault(error);
    }
  },
};
