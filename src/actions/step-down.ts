// step-down: stops a primary cleanly so that its standby may take over; one that does not end in time becomes the primary again.

import { Type } from 'typebox';
import { installation, walDirectory } from '../look/installation.ts';
import { valueOf } from '../look/facts.ts';
import type { Op } from '../ops.ts';
import { pgCtlStop } from '../postgres/commands.ts';
import { fenceLine, fenceName } from '../postgres/fence.ts';
import { commandLine } from '../postgres/shell.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';
import { duration, node } from '../runbook/vocabulary.ts';
import { type Duration, ms, seconds } from '../time.ts';
import { action } from './action.ts';
import { fenceWords, liftFenceOp } from './parts/fence.ts';
import { script, stepDownScript } from './parts/scripts.ts';
import { startOp, stopOp } from './parts/server.ts';

export const stepDown = action({
  name: 'step-down',
  summary:
    'Fences a primary, stops it cleanly and proves that the standby has its last record; taken back, it is the primary again',
  params: Type.Object({
    node: node({ description: 'The primary' }),
    for: node({ description: 'The standby that takes over' }),
    within: Type.Optional(duration({ description: 'How long the clean stop may take' })),
  }),
  example: `- id: step-down
  action: step-down
  with: { node: primary, for: standby }
  on_failure: undo`,
  async plan({ node: on, for: standby, within = seconds(60) }, look) {
    const promise = [
      { check: 'stopped', on, with: {} },
      { check: 'fenced', on, with: {} },
      { check: 'shutdown-received', on: standby, with: { from: on } },
    ];
    const needs = [{ check: 'follows', on: standby, with: { primary: on } }];
    const isDown = valueOf(await look.fact(on, 'processes')) === 0;
    if (isDown && (valueOf(await look.fact(on, 'fence')) ?? '') !== '')
      return { needs: [], do: { ops: [], why: 'it is stopped and fenced' }, promise };
    const reason = `it stepped down for ${standby}`;
    return { needs, do: { ops: [stepDownOp(look.node(on), reason, within)] }, promise };
  },
});

/**
 * A stop once asked for cannot be taken back: the postmaster lets nobody in any more. What takes it back is to end it at once
 * and to start it again, which nobody does by himself: the fence goes first.
 */
function stepDownOp(site: NodeSite, reason: string, within: Duration): Op {
  const stop = site.postgres.service?.stop ?? pgCtlStop(installation(site), 'fast', Math.ceil(within / 1000));
  const fence = [fenceName, fenceLine(reason)];
  const again: Op = {
    ...startOp(site, seconds(300), 'primary'),
    guard: [],
    // Where it never stopped, or a service manager was quicker, there is nothing to stop, nor to start.
    done: [
      { check: 'writable', on: site.name, with: {} },
      { check: 'not-fenced', on: site.name, with: {} },
    ],
    undo: 'free',
  };
  const atOnce: Op = {
    ...stopOp(site, { modes: ['immediate', 'kill'], within: seconds(20), startAgain: false }),
    guard: [],
  };
  return {
    do: {
      op: 'exec',
      as: `${fenceWords(site, reason)}; then ${commandLine(stop)}`,
      tries: [
        {
          argv: script(stepDownScript, 'step-down', site.postgres.data, walDirectory(site), ...fence, ...stop),
          within: ms(within + 5000),
        },
      ],
    },
    on: site.name,
    within: ms(within + 10_000),
    guard: ['role', 'timeline', 'postmaster'],
    done: [
      { check: 'stopped', on: site.name, with: {} },
      { check: 'fenced', on: site.name, with: {} },
    ],
    undo: [{ ...liftFenceOp(site), guard: [] }, atOnce, again],
    why: 'it reads the fence at its next start only',
  };
}
