// ask: a person's answer; --yes gives the plain one.

import { isHole } from '../planned.ts';
import type { OpKind } from './kind.ts';

export const ask: OpKind<'ask'> = {
  name: 'ask',
  alters: [],
  changes: false,
  again: 'harmless',
  words: ({ text, typed }) => ({
    verb: 'ask',
    text: isHole(text) ? `‹${text.hole}›` : text,
    note: typed === null ? '' : `to be typed: ${typed}`,
  }),
  async perform(op, hand) {
    const { text, typed } = op.do;
    if (typed === null && hand.yes) return { is: 'done', outputs: { answer: 'yes (--yes)' } };
    if (!hand.person) return { is: 'waits', question: text };
    const answer = await hand.person.ask(typed === null ? `${text} [yes/no] ` : `${text} Type ${typed}: `);
    if (answer === null) return { is: 'interrupted' };
    const agreed = typed === null ? /^y(es)?$/i.test(answer.trim()) : answer.trim() === typed;
    return agreed
      ? { is: 'done', outputs: { answer: answer.trim() } }
      : { is: 'failed', found: `the answer was "${answer.trim()}"` };
  },
};
