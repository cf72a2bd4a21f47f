// shutdown-received: a standby has replayed the last record that a cleanly stopped primary wrote, its shutdown checkpoint.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { compareLsn, showLsn } from '../postgres/lsn.ts';
import { node } from '../runbook/vocabulary.ts';
import { bytes } from '../time.ts';

export const shutdownReceived = checkKind({
  name: 'shutdown-received',
  summary: 'The standby has replayed the shutdown checkpoint of the stopped primary: nothing can be lost',
  params: Type.Object({ from: node({ description: 'The cleanly stopped primary' }) }),
  example: '{ check: shutdown-received, on: standby, from: primary }',
  words: (on, { from }) => `${on} has replayed the shutdown checkpoint of ${from}`,
  async test(on, { from }, look): Promise<Verdict> {
    const control = await look.control(from);
    if (control.is === 'later' || control.is === 'silent') return control;
    const replayed = await look.fact(on, 'replayed');
    if (replayed.is === 'later' || replayed.is === 'silent') return replayed;
    const state = control.value?.state ?? 'not readable';
    if (!control.value || state !== 'shut down')
      return { is: 'fails', expected: `${from} in state "shut down"`, found: `"${state}"` };
    // Replay moves by whole records, so beyond the beginning of the last one is beyond all of it (its size differs by version).
    const last = control.value.checkpoint;
    const place = `shutdown checkpoint at ${showLsn(last)}, replayed to ${showLsn(replayed.value)}`;
    if (compareLsn(replayed.value, last) > 0) return { is: 'holds', found: place };
    return { is: 'fails', expected: 'replayed beyond the shutdown checkpoint', found: place };
  },
  forecast: () => ({ missing: { value: bytes(0) } }),
});
