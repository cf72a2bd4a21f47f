// What triage found, as data: one JSON object with a schema, and the values that the text is made of.

import { type Static, Type } from 'typebox';
import type { Loss } from '../look/loss.ts';
import { causeNames, certainties, type Finding, seriousnesses } from '../monitor/triage/finding.ts';
import type { Instant } from '../time.ts';
import { lossReport, lossReportSchema } from './run-report.ts';

/** Findings with what each would cost, the gravest first. */
export interface Diagnosis {
  readonly cluster: string;
  readonly at: Instant;
  readonly nodes: readonly string[];
  readonly findings: readonly Diagnosed[];
}
export type Diagnosed = Omit<Finding, 'loses'> & { readonly loss: Loss | null };

const text = (description: string) => Type.String({ description });
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const count = (description: string) => Type.Number({ minimum: 0, description });

const findingSchema = Type.Object({
  node: text('Whom it ails'),
  cause: Type.Enum([...causeNames]),
  seriousness: Type.Enum([...seriousnesses], {
    description:
      'danger: data diverge or are damaged. outage: nobody takes writes. degraded: served, and less safe than it should be. wait: it ends by itself',
  }),
  certainty: Type.Enum([...certainties]),
  words: text('What is the matter'),
  evidence: Type.Array(
    Type.Object({
      on: text('The node it was seen on'),
      file: Type.Optional(text('A path there')),
      offset: Type.Optional(Type.Integer({ minimum: 0, description: 'Bytes from the beginning of the file' })),
      text: text('What was seen, or the line of the log'),
    }),
  ),
  first: Type.Array(text('To be done by hand before the book')),
  book: orNull(text('The command line of the runbook to run')),
  byHand: Type.Array(text('To be done by hand instead of the book, or where there is none')),
  loss: orNull(lossReportSchema),
  wait: orNull(
    Type.Object({
      until: text('What is waited for'),
      progress: orNull(
        Type.Object({
          done: count('Bytes'),
          of: count('Bytes'),
          left: orNull(count('Milliseconds')),
        }),
      ),
    }),
  ),
});

export const triageReportSchema = Type.Object(
  {
    cluster: Type.String(),
    at: Type.String({ description: 'RFC 3339, UTC' }),
    nodes: Type.Array(Type.String()),
    findings: Type.Array(findingSchema, { description: 'The gravest and surest first; empty: nothing to do' }),
  },
  { title: 'What triage found' },
);
export type TriageReport = Static<typeof triageReportSchema>;

export const triageReport = ({ findings, nodes, ...rest }: Diagnosis): TriageReport => ({
  ...rest,
  nodes: [...nodes],
  findings: findings.map(({ loss, evidence, first, byHand, wait, ...finding }) => ({
    ...finding,
    evidence: evidence.map(seen => ({ ...seen })),
    first: [...first],
    byHand: [...byHand],
    loss: loss && lossReport(loss),
    wait: wait && { until: wait.until, progress: wait.progress && { ...wait.progress } },
  })),
});
