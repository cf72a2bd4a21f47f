// restored: a data directory holds a restored cluster, whole, which no server was started on yet.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { controlPath, markerName } from '../repo/restore-target.ts';

/** What a restore that came to its end leaves there; the marker stands until then, and the signal until recovery is over. */
const wanted = [
  [controlPath, 'full'],
  [markerName, 'absent'],
  ['recovery.signal', 'full'],
] as const;

export const restored = checkKind({
  name: 'restored',
  summary: 'The data directory holds a restored cluster that is whole, and that recovers when it is started',
  params: Type.Object({}),
  example: '{ check: restored, on: primary }',
  words: on => `${on} holds a restored cluster, whole and not started yet`,
  async test(on, _params, look): Promise<Verdict> {
    const { data } = look.node(on).postgres;
    for (const [name, expected] of wanted) {
      const state = await look.path(on, `${data}/${name}`);
      if (state.is === 'later' || state.is === 'silent') return state;
      if (state.value !== expected) return { is: 'fails', expected: `${name} ${expected}`, found: state.value };
    }
    return { is: 'holds', found: data };
  },
  forecast: () => ({}),
});
