// sql: one statement, with its proof and its way back declared.

import { Type } from 'typebox';
import type { Op } from '../ops.ts';
import type { NodeName } from '../ports.ts';
import { check, duration, node, text } from '../runbook/vocabulary.ts';
import { seconds } from '../time.ts';
import { action } from './action.ts';

export const sql = action({
  name: 'sql',
  summary: 'Runs one SQL statement on a server; without an undo there is no way back from it',
  params: Type.Object({
    node: node({ description: 'The server' }),
    statement: text({ description: 'One statement' }),
    database: Type.Optional(Type.String()),
    done: Type.Optional(check({ description: 'The proof that it happened; where it holds already, nothing is done' })),
    undo: Type.Optional(
      Type.String({ description: 'A statement that takes it back; `free` where there is nothing to take back' }),
    ),
    outside_transaction: Type.Optional(
      Type.Boolean({ description: 'It cannot run in a transaction block (ALTER SYSTEM, VACUUM)' }),
    ),
    within: Type.Optional(duration({ description: 'Its deadline' })),
  }),
  example: `- id: checkpoint
  action: sql
  with: { node: standby, statement: CHECKPOINT, outside_transaction: true, undo: free }`,
  plan(params) {
    const session = params.outside_transaction ?? false;
    const make = (on: NodeName, statement: typeof params.statement, undo: Op['undo'], done: Op['done']): Op => ({
      do: {
        op: 'sql',
        session,
        statements: [{ text: statement, ...(params.database !== undefined && { database: params.database }) }],
      },
      on,
      within: params.within ?? seconds(60),
      guard: ['role', 'timeline'],
      done,
      undo,
    });
    const undo = params.undo;
    const back = undo === undefined ? 'never' : undo === 'free' ? 'free' : [make(params.node, undo, 'free', [])];
    const done = params.done ? [params.done] : [];
    return Promise.resolve({
      needs: [],
      do: { ops: [make(params.node, params.statement, back, done)] },
      promise: done,
    });
  },
});
