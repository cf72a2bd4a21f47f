// note: keeps facts and words in the journal, for the report and for later steps.

import { Type } from 'typebox';
import type { Fact } from '../look/facts.ts';
import { node, text } from '../runbook/vocabulary.ts';
import { seconds } from '../time.ts';
import { action } from './action.ts';

const notable = [
  'lastTransaction',
  'received',
  'replayed',
  'written',
  'timeline',
  'role',
  'version',
  'systemId',
] as const;

export const note = action({
  name: 'note',
  summary: 'Keeps a text and facts of nodes in the journal; later steps can use them as outputs',
  params: Type.Object({
    text: text({ description: 'What the operator reads' }),
    facts: Type.Optional(
      Type.Array(
        Type.Object({
          on: node(),
          facts: Type.Array(Type.Unsafe<Fact>({ type: 'string', enum: [...notable] })),
        }),
        { description: 'Facts to keep, per node' },
      ),
    ),
  }),
  example: `- id: last-transaction
  action: note
  with: { text: The last transaction that was replicated, facts: [{ on: standby, facts: [lastTransaction, replayed] }] }`,
  plan: params =>
    Promise.resolve({
      needs: [],
      do: {
        ops: [
          {
            do: {
              op: 'note',
              text: params.text,
              facts: (params.facts ?? []).flatMap(({ on, facts }) => facts.map(fact => ({ on, fact }))),
            },
            on: 'here',
            within: seconds(15),
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
