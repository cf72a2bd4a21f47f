// A small catalogue of its own, so that a new action does not change what these messages say.

import { type TObject, Type } from 'typebox';
import type { Catalogue, Described } from '../../../src/runbook/catalogue.ts';
import { check, duration, lsn, node, size, step, text, timestamp, word } from '../../../src/runbook/vocabulary.ts';

const named = (all: Readonly<Record<string, TObject>>): ReadonlyMap<string, Described> =>
  new Map(
    Object.entries(all).map(([name, params]) => [name, { name, summary: `${name} it`, params, example: `${name}: …` }]),
  );

export const catalogue: Catalogue = {
  actions: named({
    stop: Type.Object({
      node: node({ description: 'The node to stop' }),
      modes: Type.Optional(Type.Array(word(['fast', 'immediate', 'kill']), { minItems: 1 })),
      within: Type.Optional(duration()),
    }),
    promote: Type.Object({
      node: node({ description: 'The standby to promote' }),
      instead_of: Type.Optional(node()),
      despite: Type.Optional(Type.String()),
    }),
    wait: Type.Object({ until: check(), for: Type.Optional(duration()), every: Type.Optional(duration()) }),
    command: Type.Object({
      node: node(),
      argv: Type.Array(text(), { minItems: 1 }),
      effect: word(['reads', 'undoable', 'final']),
      stdin: Type.Optional(text()),
    }),
    note: Type.Object({ text: text() }),
    recover: Type.Object({
      node: node(),
      at: Type.Optional(timestamp()),
      lsn: Type.Optional(lsn()),
      budget: Type.Optional(size()),
      inclusive: Type.Optional(Type.Boolean()),
      workers: Type.Optional(Type.Integer({ minimum: 1, maximum: 8 })),
    }),
  }),
  checks: named({
    ready: Type.Object({ is: Type.Array(word(['accepting', 'rejecting', 'no-response']), { minItems: 1 }) }),
    timeline: Type.Object({
      is: Type.Optional(Type.Integer({ minimum: 1 })),
      above: Type.Optional(Type.Integer({ minimum: 0 })),
    }),
    'caught-up': Type.Object({ with: node() }),
    stopped: Type.Object({}),
    log: Type.Object({ says: Type.Array(word(['redo-done', 'promote-requested'])), since: Type.Optional(step()) }),
  }),
  faults: named({
    killed: Type.Object({ signal: Type.Optional(word(['KILL', 'STOP'])) }),
    'host-gone': Type.Object({}),
    truncated: Type.Object({ table: Type.String() }),
  }),
  facts: ['role', 'timeline', 'received', 'replayed', 'lastTransaction'],
};
