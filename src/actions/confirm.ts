// confirm: a person says yes before the book goes on.

import { Type } from 'typebox';
import { text } from '../runbook/vocabulary.ts';
import { seconds } from '../time.ts';
import { action } from './action.ts';

export const confirm = action({
  name: 'confirm',
  summary: 'Asks a person; --yes answers a plain question, never one where a text must be typed',
  params: Type.Object({
    text: text({ description: 'The question' }),
    typed: Type.Optional(Type.String({ description: 'The text that must be typed; yes where absent' })),
  }),
  example: `- id: sure
  action: confirm
  with: { text: 'Is the old primary really switched off?', typed: node1 }`,
  plan: params =>
    Promise.resolve({
      needs: [],
      do: {
        ops: [
          {
            do: { op: 'ask', text: params.text, typed: params.typed ?? null },
            on: 'here',
            within: seconds(86_400),
            guard: null,
            done: [],
            alters: [],
            undo: 'free',
          },
        ],
      },
      promise: [],
    }),
});
