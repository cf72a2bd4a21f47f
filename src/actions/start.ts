// start: brings a stopped server up, and never as a second primary.

import { Type } from 'typebox';
import { type Role, valueOf } from '../look/facts.ts';
import type { Check } from '../runbook/book-types.ts';
import { duration, node } from '../runbook/vocabulary.ts';
import { seconds } from '../time.ts';
import { action } from './action.ts';
import { startOp } from './parts/server.ts';

export const start = action({
  name: 'start',
  summary: 'Starts a stopped server; refused where it would come up as a second primary',
  params: Type.Object({
    node: node({ description: 'The node to start' }),
    within: Type.Optional(duration({ description: 'How long it may take until it accepts connections' })),
  }),
  example: `- id: start
  action: start
  with: { node: standby }`,
  async plan({ node: on, within = seconds(60) }, look) {
    const up: Check = { check: 'ready', on, with: { is: ['accepting'] } };
    if (valueOf(await look.fact(on, 'ready')) === 'accepting')
      return { needs: [], do: { ops: [], why: 'it runs' }, promise: [up] };
    const site = look.node(on);
    const signal = await look.path(on, `${site.postgres.data}/standby.signal`);
    const asStandby = valueOf(signal) === 'full';
    // What an earlier step leaves there is not known while planning: at its turn the rule is the stricter one, where it must be.
    const comesUpAs: readonly Role[] =
      signal.is === 'later' ? ['standby', 'primary'] : [asStandby ? 'standby' : 'primary'];
    const others = look.cluster.nodes.filter(({ name }) => name !== on);
    const alone: Check[] = others.map(({ name }) => ({ check: 'role', on: name, with: { is: ['standby', 'down'] } }));
    return {
      needs: [
        { check: 'stopped', on, with: {} },
        { check: 'not-fenced', on, with: {} },
        ...(asStandby || signal.is === 'later' ? [] : alone),
      ],
      do: { ops: [startOp(site, within, comesUpAs.length === 1 ? comesUpAs[0] : undefined)] },
      promise: [up, { check: 'role', on, with: { is: comesUpAs } }],
    };
  },
});
