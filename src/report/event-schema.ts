// The JSON Schema of what `--json` prints: a line for each event of the journal, and progress in between.

import { type TObject, type TProperties, type TSchema, Type } from 'typebox';
import type { EventBody } from '../engine/events.ts';

const at = Type.String({ description: 'RFC 3339, UTC' });
const step = Type.String({ description: 'Id of the step' });
const n = Type.Integer({ minimum: 0, description: 'Place of the op in its step, from 0' });
const by = Type.String({ description: 'user@machine' });
const orNull = (schema: TSchema, options: { readonly description?: string } = {}) =>
  Type.Union([schema, Type.Null()], options);

const loss = Type.Object({
  bytes: Type.Union([Type.Integer({ minimum: 0 }), Type.Literal('unknown')]),
  time: Type.Union([Type.Number({ minimum: 0 }), Type.Literal('unknown')], { description: 'Milliseconds' }),
  from: Type.Array(Type.String(), { description: 'What it was reckoned from' }),
});
const options = Type.Object({
  yes: Type.Boolean(),
  acceptLoss: Type.Union([Type.Number(), Type.Literal('unknown'), Type.Null()]),
});
const check = Type.Object({ check: Type.String(), on: Type.String(), with: Type.Unknown() });
const verdict = Type.Object({
  is: Type.Enum(['holds', 'fails', 'later', 'silent', 'absent']),
  found: Type.Optional(Type.String()),
  expected: Type.Optional(Type.String()),
  why: Type.Optional(Type.String()),
  hint: Type.Optional(Type.String()),
  evidence: Type.Optional(
    Type.Array(
      Type.Object({
        message: Type.String({ description: 'Name in the message catalogue' }),
        text: Type.String({ description: 'The log line' }),
        file: Type.String(),
        offset: Type.Integer({ minimum: 0, description: 'Bytes from the beginning of the file' }),
      }),
    ),
  ),
});
const outcome = Type.Object({
  is: Type.Enum(['done', 'failed', 'refused', 'unknown', 'unreachable', 'interrupted', 'waits']),
});
const op = Type.Object(
  { do: Type.Object({ op: Type.String() }), on: Type.String(), within: Type.Number() },
  { description: 'The op as it is handed to the hands' },
);
const plan = Type.Object(
  { book: Type.String(), cluster: Type.String(), fingerprint: Type.String(), steps: Type.Array(Type.Object({})) },
  { description: 'The plan that was shown' },
);

/** Every event has its shape: a new one does not compile before it stands here. */
const bodies: Readonly<Record<EventBody['e'], TProperties>> = {
  run: {
    run: Type.String(),
    by,
    plan,
    steps: Type.Array(Type.Object({ id: step })),
    options,
    told: Type.Array(Type.Object({ on: Type.String(), facts: Type.Object({}) }), {
      description: 'What the operator said of nodes that do not answer',
    }),
    version: Type.String(),
  },
  told: { on: Type.String(), facts: Type.Object({}), by },
  locked: { on: Type.Array(Type.String()), token: Type.String() },
  step: { step, mark: orNull(Type.Object({ at, nodes: Type.Object({}) })) },
  way: { step, way: Type.String(), why: orNull(Type.String()), loss: orNull(loss) },
  'left-out': { step, n, why: Type.String() },
  began: { step, n, job: Type.String(), op, guard: orNull(Type.Object({})) },
  token: { step, n, xid: Type.String() },
  ended: { step, n, outcome, settled: Type.Boolean() },
  answered: { gate: Type.Literal('commit'), loss: orNull(loss), answer: Type.String(), by },
  proven: { step, proofs: Type.Array(Type.Object({ check, words: Type.String(), verdict })) },
  done: { step, is: Type.Enum(['done', 'skipped', 'failed']), why: orNull(Type.String()) },
  undone: { step, n, words: Type.String(), outcome },
  resumed: { by, options },
  end: {
    exit: Type.Integer({ description: 'Exit code' }),
    why: Type.String(),
    hint: orNull(Type.String()),
  },
};

const journaled: TObject[] = Object.entries(bodies).map(([e, body]) =>
  Type.Object({
    e: Type.Literal(e),
    seq: Type.Integer({ minimum: 1 }),
    at,
    prev: Type.String({ description: 'SHA-256 of the line before in the journal' }),
    ...body,
  }),
);

const progress = Type.Object({
  e: Type.Literal('progress'),
  at,
  step,
  n,
  progress: Type.Union([
    Type.Object({ is: Type.Literal('bytes'), bytes: Type.Number(), of: Type.Number() }),
    Type.Object({ is: Type.Literal('output'), text: Type.String() }),
    Type.Object({ is: Type.Literal('waiting'), until: Type.String(), found: Type.String(), deadline: at }),
  ]),
});

export const eventSchema: TSchema = Type.Union([...journaled, progress], {
  title: 'An event of a run',
  description: 'One line of the JSON Lines that `lifeboat … --json` prints',
});
