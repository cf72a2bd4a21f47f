// put: a file on a node, written beside its place and renamed.

import { isHole } from '../planned.ts';
import type { OpKind } from './kind.ts';
import { mustGuard, never } from './must.ts';
import { outcomeOf } from './ran.ts';

export const put: OpKind<'put'> = {
  name: 'put',
  alters: [],
  changes: true,
  again: 'harmless',
  words: ({ path, text }) => ({
    verb: 'write',
    text: path,
    note: isHole(text) ? `‹${text.hole}›` : `${String(Buffer.byteLength(text))} bytes`,
  }),
  async perform(op, hand) {
    if (op.on === 'here') return never('put on no node');
    const { path, text, mode } = op.do;
    const job = { id: hand.job, guard: mustGuard(hand.guard), task: { task: 'put' as const, path, text, mode } };
    return outcomeOf(await hand.site.host(op.on).run(job, () => undefined));
  },
};
