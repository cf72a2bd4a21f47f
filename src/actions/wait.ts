// wait: until something has been true for a while.

import { Type } from 'typebox';
import { check, duration } from '../runbook/vocabulary.ts';
import { ms, seconds } from '../time.ts';
import { action } from './action.ts';

export const wait = action({
  name: 'wait',
  summary: 'Waits until a check has held without a break for a while; the step’s timeout is the longest wait',
  params: Type.Object({
    until: check({ description: 'What must become true' }),
    for: Type.Optional(duration({ description: 'How long it must stay true without a break' })),
    every: Type.Optional(duration({ description: 'How often it is looked at' })),
    at_most: Type.Optional(duration({ description: 'The longest wait' })),
  }),
  example: `- id: really-down
  action: wait
  with: { until: { check: ready, on: primary, is: [no-response] }, for: 30s, every: 10s }`,
  plan(params) {
    const within = params.at_most ?? seconds(600);
    return Promise.resolve({
      needs: [],
      do: {
        ops: [
          {
            do: { op: 'wait', until: params.until, during: params.for ?? ms(0), every: params.every ?? seconds(1) },
            on: params.until.on,
            within,
            guard: null,
            done: [],
            alters: [],
            undo: 'free',
          },
        ],
      },
      promise: [params.until],
    });
  },
});
