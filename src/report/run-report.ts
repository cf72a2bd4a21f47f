// What a run did, as data: for people to read in several forms, and for programs.

import { type Static, Type } from 'typebox';
import type { JournalEvent, Proof } from '../engine/events.ts';
import { exits } from '../faults.ts';
import type { Checks } from '../look/check.ts';
import type { Loss } from '../look/loss.ts';
import { between, type Instant } from '../time.ts';
import { wordsOfOp } from './op-words.ts';
import { evidenceOf, foundWords } from './proof-words.ts';
import { type OpStory, outcomeWords, type StepStory, storyOf } from './story.ts';

const text = (description?: string) => Type.String(description === undefined ? {} : { description });
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const seconds = orNull(Type.Number({ minimum: 0 }));

export const opReportSchema = Type.Object({
  on: orNull(text('A node, or `here`; null where it acts on no machine')),
  verb: text(),
  text: text('The exact command or words'),
  status: text('`done`, or what became of it'),
  seconds,
  settled: Type.Boolean({ description: 'Its answer was lost, and looking told what became of it' }),
  undone: Type.Boolean(),
});

export const checkReportSchema = Type.Object({
  words: text(),
  verdict: Type.Enum(['holds', 'fails', 'later', 'silent', 'absent']),
  found: text(),
  evidence: Type.Array(
    Type.Object({
      message: text('Name in the message catalogue'),
      text: text('The log line'),
      file: text(),
      offset: Type.Integer({ minimum: 0, description: 'Bytes from the beginning of the file' }),
    }),
  ),
});

export const stepReportSchema = Type.Object({
  id: text(),
  title: text(),
  action: text(),
  status: Type.Enum(['waiting', 'running', 'done', 'skipped', 'failed']),
  seconds,
  why: orNull(text('Why it failed, was skipped, or did so little')),
  ops: Type.Array(opReportSchema),
  checks: Type.Array(checkReportSchema),
});

export const lossReportSchema = Type.Object({
  bytes: orNull(Type.Number({ minimum: 0, description: 'null: cannot be known' })),
  seconds: orNull(Type.Number({ minimum: 0, description: 'null: cannot be known' })),
  from: Type.Array(text()),
});

export const runReportSchema = Type.Object(
  {
    run: text(),
    book: text(),
    cluster: text(),
    plan: text('Fingerprint of the plan that was carried out'),
    by: text('user@machine'),
    version: text('Of Lifeboat'),
    outcome: Type.Union([Type.Enum(['done', 'bug', 'unfinished']), text('Name of the exit code')]),
    exitCode: orNull(Type.Integer()),
    started: text('RFC 3339, UTC'),
    ended: orNull(text()),
    seconds: Type.Number({ minimum: 0, description: 'To its end, or to its latest event' }),
    resumes: Type.Integer({ minimum: 0 }),
    steps: Type.Array(stepReportSchema),
    told: Type.Array(Type.Object({ on: text(), facts: text(), by: text() })),
    accepted: orNull(Type.Object({ loss: orNull(lossReportSchema), answer: text(), by: text() })),
    notes: Type.Array(Type.Object({ step: text(), text: text(), facts: Type.Record(Type.String(), Type.String()) }), {
      description: 'What the steps of action `note` kept',
    }),
    why: orNull(text()),
    hint: orNull(text()),
  },
  { title: 'What a run did' },
);

export type RunReport = Static<typeof runReportSchema>;
export type StepReport = Static<typeof stepReportSchema>;
export type CheckReport = Static<typeof checkReportSchema>;
export type LossReport = Static<typeof lossReportSchema>;

/** Of a journal, whether its run has ended or not; its first event must be that of the run. */
export function runReport(events: readonly JournalEvent[], checks: Checks): RunReport {
  const story = storyOf(events);
  if (story === undefined) throw new Error('a journal begins with its run');
  const { run, by, version, plan, began, latest, steps, told, accepted, resumes, end } = story;
  return {
    run,
    book: plan.book,
    cluster: plan.cluster,
    plan: plan.fingerprint,
    by,
    version,
    outcome: outcomeOf(end?.exit),
    exitCode: end?.exit ?? null,
    started: began,
    ended: end?.at ?? null,
    seconds: secondsOf(began, latest) ?? 0,
    resumes,
    steps: steps.map(step => stepReport(step, checks)),
    told: told.map(one => ({ ...one })),
    accepted: accepted && { ...accepted, loss: accepted.loss && lossReport(accepted.loss) },
    notes: steps.flatMap(notesOf),
    why: end?.why ?? null,
    hint: end?.hint ?? null,
  };
}

function outcomeOf(exit: number | undefined): string {
  if (exit === undefined) return 'unfinished';
  if (exit === exits.ok) return 'done';
  return Object.entries(exits).find(([, code]) => code === exit)?.[0] ?? `exit ${String(exit)}`;
}

/** A clock that was set back in between makes no negative time. */
const secondsOf = (from: Instant | null, to: Instant | null): number | null =>
  from === null || to === null ? null : Math.max(0, between(from, to)) / 1000;

function stepReport(step: StepStory, checks: Checks): StepReport {
  const { id, title, action, status, began, ended, why, leftOut, ops, proofs } = step;
  const reason = why ?? (ops.length === 0 ? (leftOut.at(-1)?.why ?? null) : null);
  return {
    id,
    title,
    action,
    status,
    seconds: secondsOf(began, ended),
    why: reason,
    ops: ops.map(op => opReport(op, checks)),
    checks: proofs.map(checkReport),
  };
}

function opReport({ op, began, ended, outcome, settled, undone }: OpStory, checks: Checks): StepReport['ops'][number] {
  const { verb, on, text: words } = wordsOfOp(op, checks);
  const status = outcome === null ? 'its end is not known' : outcomeWords(outcome);
  return { on, verb, text: words, status, seconds: secondsOf(began, ended), settled, undone };
}

export const checkReport = (proof: Proof): CheckReport => ({
  words: proof.words,
  verdict: proof.verdict.is,
  found: foundWords(proof.verdict),
  evidence: evidenceOf(proof).map(one => ({ ...one })),
});

export const lossReport = (loss: Loss): LossReport => ({
  bytes: loss.bytes === 'unknown' ? null : loss.bytes,
  seconds: loss.time === 'unknown' ? null : loss.time / 1000,
  from: [...loss.from],
});

function notesOf({ id, ops }: StepStory): RunReport['notes'] {
  return ops.flatMap(({ op, outcome }) => {
    if (op.do.op !== 'note' || outcome?.is !== 'done') return [];
    const { text: words = op.do.text, ...facts } = outcome.outputs;
    return [{ step: id, text: words, facts }];
  });
}
