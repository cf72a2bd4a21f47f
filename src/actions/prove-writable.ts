// prove-writable: commits a transaction that changes no table, and so proves that a commit comes back.

import { Type } from 'typebox';
import { duration, node } from '../runbook/vocabulary.ts';
import { seconds } from '../time.ts';
import { action } from './action.ts';

export const proveWritable = action({
  name: 'prove-writable',
  summary: 'Commits a transaction that writes WAL and changes no table: a commit that hangs or fails shows here',
  params: Type.Object({
    node: node({ description: 'The primary' }),
    within: Type.Optional(duration({ description: 'How long the commit may take' })),
  }),
  example: `- id: prove
  action: prove-writable
  with: { node: standby }`,
  plan({ node: on, within = seconds(10) }) {
    return Promise.resolve({
      needs: [],
      do: {
        ops: [
          {
            // A transactional message takes a transaction id and waits for its commit record as any other commit does (manual 9.27.6).
            do: {
              op: 'sql',
              session: false,
              statements: [{ text: "SELECT pg_logical_emit_message(true, 'lifeboat', 'proof of life')" }],
            },
            on,
            within,
            guard: ['role', 'timeline'],
            done: [],
            alters: ['written'],
            undo: 'free',
          },
        ],
      },
      promise: [{ check: 'writable', on, with: {} }],
    });
  },
});
