// Somebody stops the server, cleanly and without a word: nothing is broken, and nobody answers.

import { Type } from 'typebox';
import { stopServer } from '../server.ts';
import { labFault } from './fault.ts';

export const stopped = labFault({
  name: 'stopped',
  summary: 'pg_ctl stop -m fast: a clean end that nobody had announced',
  params: Type.Object({}, { additionalProperties: false }),
  example: 'fault: { fault: stopped, on: node1 }',
  break: (lab, node) => stopServer(node, lab.programs),
  heal: () => Promise.resolve(),
});
