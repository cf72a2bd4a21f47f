// restore-command: sets restore_command, or takes it out of the way.

import { Type } from 'typebox';
import { valueOf } from '../look/facts.ts';
import { restoreCommandReloads, versionFromNumber } from '../postgres/version.ts';
import { node } from '../runbook/vocabulary.ts';
import { seconds } from '../time.ts';
import { action } from './action.ts';
import { alterSystem } from './parts/alter-system.ts';
import { installation } from '../look/installation.ts';
import { pgCtlRestart } from '../postgres/commands.ts';

export const restoreCommand = action({
  name: 'restore-command',
  summary: 'Sets restore_command of a running server; empty takes it out of the way',
  params: Type.Object({
    node: node({ description: 'The server' }),
    command: Type.String({ description: 'The command; %f is the file, %p where to put it' }),
  }),
  example: `- id: detach-archive
  action: restore-command
  with: { node: standby, command: '' }`,
  async plan({ node: on, command }, look) {
    const promise = [{ check: 'setting', on, with: { name: 'restore_command', is: command } }];
    const before = valueOf(await look.fact(on, 'restoreCommand'));
    if (before === command)
      return { needs: [], do: { ops: [], why: command === '' ? 'it is empty' : 'it is set' }, promise };
    const change = alterSystem({ on, name: 'restore_command', value: command, before });
    const number = valueOf(await look.fact(on, 'version'));
    const version = number === undefined ? undefined : versionFromNumber(number);
    if (version === undefined || restoreCommandReloads(version)) return { needs: [], do: { ops: [change] }, promise };
    // 13 reads restore_command at start only (manual 13, 19.5.4).
    const restart = { argv: pgCtlRestart(installation(look.node(on)), 60), within: seconds(65) };
    const { done, ...rest } = change;
    return {
      needs: [],
      do: {
        ops: [
          { ...rest, done: [] },
          {
            do: { op: 'exec', tries: [restart] },
            on,
            within: seconds(70),
            guard: ['role', 'timeline'],
            done,
            undo: 'free',
          },
        ],
      },
      promise,
    };
  },
});
