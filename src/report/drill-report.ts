// What a drill showed, as data: report.json. What a client saw stands beside what Lifeboat did.

import { type Static, Type } from 'typebox';
import { lossReportSchema, stepReportSchema } from './run-report.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });
const seconds = (description: string) =>
  Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
    description: `${description}; null where it cannot be told`,
  });
const bytesOrUnknown = Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
  description: 'Most that could be lost, as the gate showed it; null: cannot be known',
});

export const drillReportSchema = Type.Object(
  {
    drill: Type.String(),
    runbook: Type.String(),
    outcome: Type.Enum(['passed', 'missed', 'failed'], {
      description: 'missed: the runbook ended well, and an objective or a proof did not hold',
    }),
    exitCode: Type.Integer(),
    synchronous: Type.Boolean({ description: 'Whether replication was synchronous' }),
    postgres: Type.String({ description: 'Version of the server' }),
    started: Type.String({ description: 'RFC 3339, UTC' }),
    seconds: Type.Number({ minimum: 0 }),
    seed: Type.Optional(Type.String({ description: 'Of what was random' })),
    why: Type.Optional(Type.String({ description: 'Why the run ended, where it did not end well' })),
    timeline: Type.Object({
      before: Type.Integer({ minimum: 1 }),
      after: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], { description: 'null: no primary answered' }),
    }),
    ledger: Type.Object({
      acknowledged: count('Rows whose commit the client was told of'),
      present: count('Of these, found afterwards'),
      lost: count('Of these, not found afterwards'),
      unexpected: count('Found, and never sent, or refused by the server'),
      inDoubt: count('Sent, and no answer; or a COMMIT that came with warning 01000'),
    }),
    loss: Type.Object({
      estimateBytes: bytesOrUnknown,
      estimateSeconds: bytesOrUnknown,
      from: Type.Optional(lossReportSchema.properties.from),
    }),
    rto: Type.Object({
      clientGapSeconds: seconds('From the last acknowledgement by the old primary to the first by the new one'),
      detectSeconds: seconds('Of these, until it was sure that the primary does not answer'),
      decideSeconds: seconds('Of these, from there until the promotion began'),
      promoteSeconds: seconds('Of these, from there until the client was served again'),
    }),
    steps: Type.Array(stepReportSchema),
    proofs: Type.Array(
      Type.Object({
        name: Type.String(),
        holds: Type.Boolean(),
        expected: Type.String(),
        found: Type.String(),
      }),
    ),
    readiness: Type.Array(
      Type.Object({
        is: Type.Enum(['accepting', 'rejecting', 'no-response', 'no-attempt']),
        from: Type.String(),
        to: Type.String(),
        count: count('Answers in a row'),
      }),
      { description: 'What pg_isready said of the broken node' },
    ),
    kept: Type.Optional(Type.String({ description: 'Directory of the cluster, where it was kept' })),
  },
  { title: 'What a drill showed' },
);

export type DrillReport = Static<typeof drillReportSchema>;
export type DrillProof = DrillReport['proofs'][number];
