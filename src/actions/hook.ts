// hook: runs a command of the site's own on this machine: to cut a lost primary off, or to tell clients where the primary is.

import { Type } from 'typebox';
import { node, word } from '../runbook/vocabulary.ts';
import { ms } from '../time.ts';
import { action } from './action.ts';

export const hook = action({
  name: 'hook',
  summary: 'Runs the command that the inventory names for this: fence (power, storage) or moved (address, DNS, proxy)',
  params: Type.Object({
    hook: word(['fence', 'moved'], { description: 'Which of the inventory’s commands' }),
    node: node({ description: 'The node that it is about' }),
  }),
  example: `- id: moved
  action: hook
  with: { hook: moved, node: standby }`,
  plan({ hook: which, node: on }, look) {
    const given = look.cluster.hooks[which];
    if (!given) {
      const why = `the inventory names no command for "${which}"`;
      return Promise.resolve({ needs: [], do: { ops: [], why }, promise: [] });
    }
    const values: Readonly<Record<string, string>> = { node: on, host: look.node(on).postgres.host };
    const argv = given.command.map(part =>
      part.replaceAll(/\{(node|host)\}/g, (_, name: string) => values[name] ?? ''),
    );
    return Promise.resolve({
      needs: [],
      do: {
        ops: [
          {
            do: { op: 'exec', tries: [{ argv, within: given.within }], ...(which === 'fence' && { vouches: on }) },
            on: 'here',
            within: ms(given.within + 5000),
            guard: null,
            done: [],
            alters: [],
            undo: 'free',
          },
        ],
      },
      // Cut off, it counts as stopped even where nobody can look.
      promise: which === 'fence' ? [{ check: 'stopped', on, with: {} }] : [],
    });
  },
});
