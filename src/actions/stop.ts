// stop: ends every process of a data directory, in the order from gentle to certain, a deadline each.

import { Type } from 'typebox';
import { valueOf } from '../look/facts.ts';
import { duration, node, word } from '../runbook/vocabulary.ts';
import { seconds } from '../time.ts';
import { action } from './action.ts';
import { stopOp } from './parts/server.ts';

export const stop = action({
  name: 'stop',
  summary: 'Stops the server: done when no process of its data directory is left',
  params: Type.Object({
    node: node({ description: 'The node to stop' }),
    modes: Type.Optional(
      Type.Array(word(['smart', 'fast', 'immediate', 'kill']), {
        minItems: 1,
        description: 'Tried in this order until no process is left; kill is SIGKILL to each',
      }),
    ),
    within: Type.Optional(duration({ description: 'Deadline of each mode' })),
  }),
  example: `- id: fence
  action: stop
  with: { node: primary, modes: [fast, immediate] }`,
  async plan({ node: on, modes = ['fast'] as const, within = seconds(60) }, look) {
    const gone = { check: 'stopped', on, with: {} };
    const processes = await look.fact(on, 'processes');
    if (processes.is === 'silent')
      return { needs: [gone], do: { ops: [], why: 'it does not answer' }, promise: [gone] };
    if (processes.is !== 'later' && processes.value === 0) {
      const why = processes.is === 'told' ? `told by ${processes.by} that it is off` : 'no process of it is left';
      return { needs: [], do: { ops: [], why }, promise: [gone] };
    }
    const ran = valueOf(await look.fact(on, 'role')) !== undefined;
    return { needs: [], do: { ops: [stopOp(look.node(on), { modes, within, startAgain: ran })] }, promise: [gone] };
  },
});
