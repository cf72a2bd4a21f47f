// make-standby: a server that has just stepped down becomes a standby of its successor, before that one is promoted.

import { Type } from 'typebox';
import { valueOf } from '../look/facts.ts';
import { node } from '../runbook/vocabulary.ts';
import { action } from './action.ts';
import { madeStandbyOp } from './parts/standby.ts';

export const makeStandby = action({
  name: 'make-standby',
  summary: 'Gives a stopped server standby.signal and the settings of a standby: whoever starts it, it is no primary',
  params: Type.Object({
    node: node({ description: 'The stopped server' }),
    primary: node({ description: 'Whom it shall follow' }),
  }),
  example: `- id: make-standby
  action: make-standby
  with: { node: primary, primary: standby }`,
  async plan({ node: on, primary }, look) {
    // A running primary with standby.signal would come up as a standby after a crash: never before it has stopped.
    const needs = [{ check: 'stopped', on, with: {} }];
    const version = valueOf(await look.fact(primary, 'version'));
    const pair = { look, on, primary, version, system: '' };
    const file = `${look.node(on).postgres.data}/standby.signal`;
    return {
      needs,
      do: { ops: [madeStandbyOp(pair)] },
      promise: [{ check: 'path', on, with: { path: file, is: ['full', 'empty'] } }],
    };
  },
});
