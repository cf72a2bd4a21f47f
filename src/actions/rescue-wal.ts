// rescue-wal: brings WAL that only a stopped server has into the repository, so that a recovery can go to its very end.

import { Type } from 'typebox';
import { walDirectory } from '../look/installation.ts';
import type { Check } from '../runbook/book-types.ts';
import { node } from '../runbook/vocabulary.ts';
import { seconds } from '../time.ts';
import { action } from './action.ts';

export const rescueWal = action({
  name: 'rescue-wal',
  summary: 'Brings WAL that only a stopped server has into the repository; what is kept is never written over',
  params: Type.Object({ node: node({ description: 'The stopped server' }) }),
  example: `- id: rescue
  action: rescue-wal
  with: { node: primary }`,
  plan({ node: on }, look) {
    const rescued: Check = { check: 'wal-rescued', on, with: {} };
    const into = look.cluster.backup?.repository;
    return Promise.resolve({
      needs: [
        { check: 'stopped', on, with: {} },
        { check: 'repository', on, with: {} },
      ],
      do: {
        ops: [
          {
            do: { op: 'rescue', source: walDirectory(look.node(on)), into: into ?? 'no repository' },
            on,
            within: seconds(3600),
            guard: ['postmaster'],
            done: [],
            alters: [],
            undo: 'free',
            why: 'what is not archived yet, and the segment that was being written',
          },
        ],
      },
      promise: [rescued],
    });
  },
});
