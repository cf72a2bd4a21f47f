// move: a directory put aside; between file systems copied first, and dropped only when the copy stands.

import type { OpKind } from './kind.ts';
import { mustGuard, never } from './must.ts';
import { outcomeOf } from './ran.ts';

export const move: OpKind<'move'> = {
  name: 'move',
  alters: ['systemId', 'timeline', 'version'],
  changes: true,
  again: 'harmless',
  words: ({ from, to }) => ({ verb: 'move', text: `${from} → ${to}` }),
  async perform(op, hand) {
    if (op.on === 'here') return never('move on no node');
    const { from, to } = op.do;
    const job = { id: hand.job, guard: mustGuard(hand.guard), task: { task: 'move' as const, from, to } };
    return outcomeOf(await hand.site.host(op.on).run(job, hand.stop, () => undefined));
  },
};
