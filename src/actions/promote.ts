// promote: makes a standby the primary, where nothing else may still be one.

import { Type } from 'typebox';
import { installation } from '../look/installation.ts';
import { valueOf } from '../look/facts.ts';
import { lossOf } from '../look/loss.ts';
import type { Look } from '../look/look.ts';
import type { NodeName } from '../ports.ts';
import { pgCtlPromote } from '../postgres/commands.ts';
import type { Check } from '../runbook/book-types.ts';
import { duration, node } from '../runbook/vocabulary.ts';
import { ms, seconds } from '../time.ts';
import { action } from './action.ts';

const overridable = ['behind', 'older-timeline', 'paused', 'restore-command'] as const;

export const promote = action({
  name: 'promote',
  summary: 'Promotes a standby; refused while anything may still be a primary, or where another standby is ahead',
  params: Type.Object({
    node: node({ description: 'The standby to promote' }),
    instead_of: Type.Optional(
      node({ description: 'The primary that is lost; what its WAL holds beyond the standby is the loss' }),
    ),
    despite: Type.Optional(
      Type.String({
        pattern: `^((${overridable.join('|')})(, ?|$))*$`,
        description: `Rules to override, with commas: ${overridable.join(', ')}`,
      }),
    ),
    within: Type.Optional(duration({ description: 'How long it may take until the server takes writes' })),
  }),
  example: `- id: promote
  action: promote
  with: { node: standby, instead_of: primary }`,
  async plan(params, look) {
    const on = params.node;
    const within = params.within ?? seconds(60);
    const timeline = await look.fact(on, 'timeline');
    const lost = params.instead_of ?? (await formerPrimary(look, on));
    const primary: Check = { check: 'role', on, with: { is: ['primary'] } };
    return {
      needs: rules(look, on, new Set((params.despite ?? '').split(/, ?/))),
      do: {
        ops: [
          {
            do: {
              op: 'exec',
              tries: [
                {
                  argv: pgCtlPromote(installation(look.node(on)), Math.ceil(within / 1000)),
                  within: ms(within + 5000),
                },
              ],
            },
            on,
            within: ms(within + 10_000),
            guard: ['role', 'timeline', 'postmaster'],
            done: [primary],
            alters: [
              'role',
              'timeline',
              'writable',
              'written',
              'received',
              'replayed',
              'replayPaused',
              'streaming',
              'missing',
              'lastTransaction',
            ],
            undo: 'never',
          },
        ],
        ...(lost !== undefined && { loss: await lossOf(look, on, lost) }),
      },
      promise: [
        primary,
        { check: 'timeline', on, with: { above: valueOf(timeline) ?? 0 } },
        { check: 'writable', on, with: {} },
      ],
    };
  },
});

/** Every rule that a dry run must show, each naming its host. */
function rules(look: Look, on: NodeName, despite: ReadonlySet<string>): Check[] {
  const others = look.cluster.nodes.filter(({ name }) => name !== on);
  return [
    { check: 'role', on, with: { is: ['standby'] } },
    ...others.map(({ name }) => ({ check: 'role', on: name, with: { is: ['standby', 'down'] } })),
    ...(despite.has('paused') ? [] : [{ check: 'replaying', on, with: {} }]),
    ...(despite.has('older-timeline') ? [] : [{ check: 'most-advanced', on, with: { by: 'timeline' } }]),
    ...(despite.has('behind') ? [] : [{ check: 'most-advanced', on, with: { by: 'received' } }]),
    // The last segment is read again through restore_command during a promotion: a short file in the archive ends the only survivor (seen on 13, 15, 18).
    ...(despite.has('restore-command') ? [] : [{ check: 'setting', on, with: { name: 'restore_command', is: '' } }]),
  ];
}

/** The one other node that is no standby, where there is just one. */
async function formerPrimary(look: Look, on: NodeName): Promise<NodeName | undefined> {
  const candidates: NodeName[] = [];
  for (const { name } of look.cluster.nodes) {
    if (name !== on && valueOf(await look.fact(name, 'role')) !== 'standby') candidates.push(name);
  }
  return candidates.length === 1 ? candidates[0] : undefined;
}
