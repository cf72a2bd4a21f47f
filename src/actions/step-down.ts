// step-down: stops a primary cleanly so that its standby may take over; one that does not end in time becomes the primary again.

import { Type } from 'typebox';
import { installation, walDirectory } from '../look/installation.ts';
import { valueOf } from '../look/facts.ts';
import type { Op } from '../ops.ts';
import { pgCtlStop } from '../postgres/commands.ts';
import { commandLine } from '../postgres/shell.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';
import { duration, node } from '../runbook/vocabulary.ts';
import { type Duration, ms, seconds } from '../time.ts';
import { action } from './action.ts';
import { script, stepDownScript } from './parts/scripts.ts';
import { startOp, stopOp } from './parts/server.ts';

export const stepDown = action({
  name: 'step-down',
  summary:
    'Stops a primary cleanly and proves that the standby has its last record; taken back, it is the primary again',
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
      { check: 'shutdown-received', on: standby, with: { from: on } },
    ];
    const needs = [{ check: 'follows', on: standby, with: { primary: on } }];
    if (valueOf(await look.fact(on, 'processes')) === 0)
      return { needs: [], do: { ops: [], why: 'no process of it is left' }, promise };
    return { needs, do: { ops: [stepDownOp(look.node(on), within)] }, promise };
  },
});

/**
 * A stop once asked for cannot be taken back: the postmaster lets nobody in any more. What takes it back is to end it at once
 * and to start it again.
 */
function stepDownOp(site: NodeSite, within: Duration): Op {
  const stop = site.postgres.service?.stop ?? pgCtlStop(installation(site), 'fast', Math.ceil(within / 1000));
  // A service manager may have done it already: then there is nothing to stop, nor to start.
  const again: Op = {
    ...startOp(site, seconds(300)),
    guard: [],
    done: [{ check: 'writable', on: site.name, with: {} }],
    undo: 'free',
  };
  const atOnce: Op = {
    ...stopOp(site, { modes: ['immediate', 'kill'], within: seconds(20), startAgain: false }),
    guard: [],
  };
  return {
    do: {
      op: 'exec',
      as: commandLine(stop),
      tries: [
        {
          argv: script(stepDownScript, 'step-down', site.postgres.data, walDirectory(site), ...stop),
          within: ms(within + 5000),
        },
      ],
    },
    on: site.name,
    within: ms(within + 10_000),
    guard: ['role', 'timeline', 'postmaster'],
    done: [{ check: 'stopped', on: site.name, with: {} }],
    undo: [atOnce, again],
  };
}
