// clear-targets: takes recovery targets out of what ALTER SYSTEM wrote, before a base backup could carry them along.

import { Type } from 'typebox';
import { targetNames } from '../checks/no-recovery-target.ts';
import { valueOf } from '../look/facts.ts';
import type { Check } from '../runbook/book-types.ts';
import { node } from '../runbook/vocabulary.ts';
import { seconds } from '../time.ts';
import { action } from './action.ts';

export const clearTargets = action({
  name: 'clear-targets',
  summary: 'Takes every recovery target out of the files of a running server; copied, it would end a new standby',
  params: Type.Object({ node: node({ description: 'The primary' }) }),
  example: `- id: clear
  action: clear-targets
  with: { node: primary }`,
  async plan({ node: on }, look) {
    const promise: Check[] = [{ check: 'no-recovery-target', on, with: { files: true } }];
    const written = await look.rows(on, inFiles);
    if (valueOf(written)?.length === 0) return { needs: [], do: { ops: [], why: 'no file of it has one' }, promise };
    const reset = targetNames.map(name => ({ text: `ALTER SYSTEM RESET ${name}` }));
    return {
      needs: [{ check: 'role', on, with: { is: ['primary'] } }],
      do: {
        ops: [
          {
            do: { op: 'sql', session: true, statements: [...reset, { text: 'SELECT pg_reload_conf()' }] },
            on,
            within: seconds(20),
            guard: ['role', 'postmaster'],
            done: promise,
            alters: [],
            undo: 'free',
            why: 'recovery is over, and nothing reads them before the next one',
          },
        ],
      },
      promise,
    };
  },
});

const inFiles = `select name from pg_file_settings where name in (${targetNames.map(name => `'${name}'`).join(', ')}) and setting <> ''`;
