// fence: keeps a stopped former primary from ever coming back as one by itself, after a reboot and under an eager service manager.

import { Type } from 'typebox';
import { valueOf } from '../look/facts.ts';
import { node } from '../runbook/vocabulary.ts';
import { action } from './action.ts';
import { fenceOp } from './parts/fence.ts';

export const fence = action({
  name: 'fence',
  summary: 'Puts a fence into the data directory of a stopped server: PostgreSQL refuses to start there until a rejoin',
  params: Type.Object({
    node: node({ description: 'The stopped server' }),
    reason: Type.Optional(Type.String({ minLength: 1, description: 'What whoever starts it shall read' })),
    running: Type.Optional(
      Type.Boolean({ description: 'Also beneath a server that runs: that one goes on, and no restart brings it back' }),
    ),
  }),
  example: `- id: guard
  action: fence
  with: { node: primary, reason: node2 is the primary now }`,
  async plan({ node: on, reason = 'it is no longer the primary', running = false }, look) {
    const stopped = { check: 'stopped', on, with: {} };
    if (valueOf(await look.fact(on, 'reachable')) !== true) {
      const why = `${on} cannot be reached: owed, and placed as soon as it answers (lifeboat watch, or any later run)`;
      return { needs: [stopped], way: 'owed', do: { ops: [], why }, promise: [] };
    }
    const promise = [{ check: 'fenced', on, with: {} }];
    const stands = valueOf(await look.fact(on, 'fence'));
    if (stands !== undefined && stands !== '')
      return { needs: [], do: { ops: [], why: `it stands: ${stands}` }, promise };
    const data = await look.path(on, look.node(on).postgres.data);
    if (valueOf(data) === 'absent' || valueOf(data) === 'empty')
      return { needs: [], do: { ops: [], why: `${on} has no data directory to start` }, promise: [] };
    return { needs: running ? [] : [stopped], do: { ops: [fenceOp(look.node(on), reason)] }, promise };
  },
});
