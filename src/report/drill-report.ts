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

const timeline = Type.Object({
  before: Type.Integer({ minimum: 1 }),
  after: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], { description: 'null: no primary answered' }),
});

const ledger = (until: string) =>
  Type.Object({
    acknowledged: count(`Rows whose commit the client was told of${until}`),
    present: count('Of these, found afterwards'),
    lost: count('Of these, not found afterwards'),
    givenUp: Type.Optional(
      count(
        'Of these, committed after the target of a recovery, or after the backup, and given up on purpose; absent: none',
      ),
    ),
    unexpected: count('Found, and never sent, or refused by the server, or given up'),
    inDoubt: count('Sent, and no answer; or a COMMIT that came with warning 01000'),
  });

const loss = Type.Object({
  estimateBytes: bytesOrUnknown,
  estimateSeconds: bytesOrUnknown,
  from: Type.Optional(lossReportSchema.properties.from),
});

const rto = (of: string) =>
  Type.Object(
    {
      clientGapSeconds: seconds(
        'From the last acknowledgement by the old primary to the first by the new one; where the primary stays, the longest pause',
      ),
      detectSeconds: seconds('Of these, until it was sure that the primary does not answer'),
      decideSeconds: seconds('Of these, from there until the promotion began'),
      promoteSeconds: seconds('Of these, from there until the client was served again'),
    },
    { description: of },
  );

const proofs = (of: string) =>
  Type.Array(
    Type.Object({
      name: Type.String(),
      holds: Type.Boolean(),
      expected: Type.String(),
      found: Type.String(),
    }),
    { description: of },
  );

const readiness = (of: string) =>
  Type.Array(
    Type.Object({
      is: Type.Enum(['accepting', 'rejecting', 'no-response', 'no-attempt']),
      from: Type.String(),
      to: Type.String(),
      count: count('Answers in a row'),
    }),
    { description: of },
  );

const sampling = Type.Optional(
  Type.Object(
    {
      widestSeconds: Type.Number({ minimum: 0, description: 'A state that lasted less could have gone unseen' }),
      meanSeconds: Type.Number({ minimum: 0 }),
      slowestSeconds: Type.Number({ minimum: 0, description: 'The longest that the server took to answer' }),
    },
    {
      description: 'Time between two questions of pg_isready, whose answers may overlap; absent where it was not asked',
    },
  ),
);

const wayBack = Type.Optional(
  Type.Object(
    {
      mistake: Type.Object(
        {
          statement: Type.String(),
          xid: Type.String(),
          lsn: Type.String({ description: 'Where the record of its commit begins' }),
          time: Type.String({ description: 'RFC 3339, UTC' }),
        },
        { description: 'What an operator did wrong, by pg_waldump' },
      ),
      findSeconds: Type.Optional(
        Type.Number({ minimum: 0, description: 'How long lifeboat wal find took; absent where nobody looked' }),
      ),
      target: Type.Array(Type.String(), { description: 'What the runbook was given: to_xid=742' }),
      stop: Type.String({ description: 'Where recovery had to end: the LSN of the first record left out' }),
    },
    { description: 'To where the act went back; absent where it did not' },
  ),
);

const actReportSchema = Type.Object({
  title: Type.String(),
  runbook: Type.String(),
  turn: Type.Optional(
    Type.Object(
      { number: Type.Integer({ minimum: 1 }), of: Type.Integer({ minimum: 1 }) },
      { description: 'Which turn it is of an act that is repeated' },
    ),
  ),
  fault: Type.Union([Type.String(), Type.Null()], { description: 'Its name and its node; null: a planned act' }),
  wayBack,
  exitCode: Type.Integer({ description: 'Of the runbook' }),
  why: Type.Optional(Type.String({ description: 'Why the run ended, where it did not end well' })),
  started: Type.String({ description: 'RFC 3339, UTC' }),
  seconds: Type.Number({ minimum: 0, description: 'From the fault, or from the first look, until all was proven' }),
  runbookSeconds: Type.Number({ minimum: 0, description: 'Of these, the runbook' }),
  timeline,
  primary: Type.Object({
    before: Type.String(),
    after: Type.Union([Type.String(), Type.Null()], { description: 'null: no node says that it is one' }),
  }),
  standbys: Type.Array(Type.String(), { description: 'Those that stream on the timeline of the primary afterwards' }),
  ledger: ledger(', until the end of the act, but for those lost in an earlier one'),
  loss: Type.Union([loss, Type.Null()], { description: 'null: nothing was at stake' }),
  rto: rto('What the client saw of the act'),
  baseBackups: Type.Union([count('Base backups begun, by the logs of all servers'), Type.Null()], {
    description: 'null: nobody counted',
  }),
  steps: Type.Array(stepReportSchema),
  proofs: proofs('What had to be true after the act'),
  readiness: readiness('What pg_isready said of the node that the fault hit'),
  sampling,
});

export const drillReportSchema = Type.Object(
  {
    drill: Type.String(),
    runbook: Type.String({ description: 'Of several acts each name once, with commas' }),
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
    timeline,
    ledger: ledger(''),
    loss,
    rto: rto('Of the act in which the client waited longest'),
    steps: Type.Array(stepReportSchema, { description: 'Of all acts, one after the other' }),
    proofs: proofs('Of a drill of one act its proofs; of several what no act proves by itself'),
    readiness: readiness('What pg_isready said of the broken node; of several acts, in the first that has a fault'),
    sampling,
    acts: Type.Array(actReportSchema, {
      description: 'Those that were played: the first that does not leave the cluster as it must ends the drill',
    }),
    actCount: Type.Integer({ minimum: 1, description: 'Acts that the drill has, played or not' }),
    kept: Type.Optional(Type.String({ description: 'Directory of the cluster, where it was kept' })),
  },
  { title: 'What a drill showed' },
);

export type DrillReport = Static<typeof drillReportSchema>;
export type DrillProof = DrillReport['proofs'][number];
export type ActReport = DrillReport['acts'][number];
