// Somebody promotes a standby while its primary lives: two servers take writes, and their data diverge.

import { Type } from 'typebox';
import { promote } from '../promote.ts';
import { remakeStandby } from '../remake.ts';
import { mustBe } from '../upstream.ts';
import { labFault } from './fault.ts';

export const twoPrimaries = labFault({
  name: 'two-primaries',
  summary: 'pg_ctl promote of a standby, past everybody, while its primary lives and is written to',
  befalls: 'standby',
  params: Type.Object({}, { additionalProperties: false }),
  example: 'fault: { fault: two-primaries, on: node2 }',
  async break(lab, node) {
    await mustBe(lab, node, 'standby');
    await promote(lab, node);
  },
  heal: (lab, node) => remakeStandby(lab, node),
});
