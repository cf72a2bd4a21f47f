// note: facts and words for the journal.

import { valueOf } from '../../look/facts.ts';
import { showLsn } from '../../postgres/lsn.ts';
import { isHole } from '../planned.ts';
import type { OpKind } from './kind.ts';

export const note: OpKind<'note'> = {
  name: 'note',
  alters: [],
  changes: false,
  again: 'harmless',
  words: ({ text, facts }) => ({
    verb: 'note',
    text: (isHole(text) ? `‹${text.hole}›` : text).trim(),
    note: facts.map(({ on, fact }) => `${on} ${fact}`).join(', '),
  }),
  async perform(op, hand) {
    const look = hand.still();
    const outputs: Record<string, string> = { text: op.do.text.trim() };
    for (const { on, fact } of op.do.facts) {
      const value = valueOf(await look.fact(on, fact));
      outputs[fact] = value === undefined ? 'unknown' : typeof value === 'bigint' ? showLsn(value) : String(value);
    }
    return { is: 'done', outputs };
  },
};
