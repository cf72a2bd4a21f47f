// move: a directory put aside; between file systems copied first, and dropped only when the copy stands.

import { isSilent } from '../../ports.ts';
import type { OpKind } from './kind.ts';
import { mustGuard, never } from './must.ts';
import { outcomeOf } from './ran.ts';

export const move: OpKind<'move'> = {
  name: 'move',
  alters: ['systemId', 'timeline', 'version', 'fence'],
  changes: true,
  // Beside a copy that still runs, a second one would write into the same place.
  again: 'only-if-not-done',
  words: ({ from, to }) => ({ verb: 'move', text: `${from} → ${to}` }),
  async perform(op, hand) {
    if (op.on === 'here') return never('move on no node');
    const { from, to } = op.do;
    const job = { id: hand.job, guard: mustGuard(hand.guard), task: { task: 'move' as const, from, to } };
    return outcomeOf(await hand.site.host(op.on).run(job, () => undefined));
  },
  async receipt(op, hand) {
    if (op.on === 'here') return 'none';
    const receipt = await hand.site.host(op.on).receipt(hand.job);
    if (isSilent(receipt)) return { is: 'unknown', why: receipt.silent };
    return receipt.is === 'ended' ? outcomeOf(receipt) : receipt.is;
  },
};
