// What one act of a drill proves: judged from its record alone.

import { checks } from '../checks/index.ts';
import { rolesFit, standbysOf } from '../lab/roles.ts';
import type { Spacing } from '../lab/samples.ts';
import type { Ledger } from '../lab/ledger.ts';
import type { Loss } from '../look/loss.ts';
import type { ActReport, DrillProof } from '../report/drill-report.ts';
import { lossReport, runReport } from '../report/run-report.ts';
import { between, type Duration, ms, showDuration } from '../time.ts';
import { rehearsalProofs } from './drill-judge-copy.ts';
import { wayBackOf, wayBackProofs } from './drill-judge-back.ts';
import { list, proof } from './drill-proof.ts';
import type { ActRecord } from './drill-record.ts';

/** What is the same for all acts. */
export interface Terms {
  readonly synchronous: boolean;
  readonly rto: Duration | undefined;
}

export function judgeAct(record: ActRecord, terms: Terms): ActReport {
  const { act, end, answer, ledger, primary, roles } = record;
  const loss = lossAtGate(record);
  const rto = gapOf(record);
  return {
    title: record.title ?? act.runbook.name,
    runbook: act.runbook.name,
    ...(act.turn && { turn: { ...act.turn } }),
    fault: act.fault && record.broken !== null ? `${act.fault.fault} on ${record.broken}` : null,
    ...(record.aim && { wayBack: wayBackOf(record.aim) }),
    exitCode: end.exit,
    ...(end.exit !== 0 && { why: end.why }),
    started: record.started,
    seconds: secondsOf(record.started, record.ended),
    runbookSeconds: secondsOf(answer.started, answer.ended),
    timeline: record.timeline,
    primary,
    standbys: standbysOf(roles),
    ledger: ledgerOf(ledger),
    loss: loss && lossOf(loss),
    rto,
    baseBackups: record.baseBackups,
    steps: record.events.length === 0 ? (record.copy?.report?.steps ?? []) : runReport(record.events, checks).steps,
    proofs: proofsOf(record, terms, { loss, gap: rto.clientGapSeconds }),
    readiness: record.readiness.map(({ is, from, to, count }) => ({ is, from, to, count })),
    ...(record.spacing && { sampling: samplingOf(record.spacing) }),
  };
}

/** Rows are given up by a recovery to a target alone, and nobody else needs to hear of it. */
export function ledgerOf({ acknowledged, present, lost, givenUp, unexpected, inDoubt }: Ledger): ActReport['ledger'] {
  return { acknowledged, present, lost, ...(givenUp > 0 && { givenUp }), unexpected, inDoubt };
}

const samplingOf = ({ widest, mean, slowest }: Spacing): NonNullable<ActReport['sampling']> => ({
  widestSeconds: Math.round(widest) / 1000,
  meanSeconds: Math.round(mean) / 1000,
  slowestSeconds: Math.round(slowest) / 1000,
});

const secondsOf = (from: ActRecord['started'], to: ActRecord['started']): number =>
  Math.max(0, between(from, to)) / 1000;

function lossOf(loss: Loss): NonNullable<ActReport['loss']> {
  const { bytes, seconds, from } = lossReport(loss);
  return { estimateBytes: bytes, estimateSeconds: seconds, from };
}

/** What the gate showed, after the fence. */
function lossAtGate({ events }: ActRecord): Loss | null {
  const gate = events.findLast(event => event.e === 'answered');
  return gate?.loss ?? null;
}

/** The gap that the client saw; after a fault it is cut where it was sure that the primary was gone and where the promotion began. */
function gapOf({ act, events, served, gap: { last, first } }: ActRecord): ActReport['rto'] {
  const none = { detectSeconds: null, decideSeconds: null, promoteSeconds: null };
  if (!served || !last || !first) return { clientGapSeconds: null, ...none };
  const whole = first.ticks - last.ticks;
  const round = (value: number): number => Math.round(Math.max(0, value)) / 1000;
  const sure = events.find(event => event.e === 'done' && event.is === 'done')?.at;
  const promoted = events.find(event => event.e === 'began' && event.step === 'promote')?.at;
  if (!act.fault || sure === undefined || promoted === undefined) return { clientGapSeconds: round(whole), ...none };
  // A frozen or orphaned server goes on acknowledging after everybody else is sure that it is gone.
  const detected = Math.max(0, between(last.at, sure));
  const decided = Math.max(0, between(last.at, promoted));
  return {
    clientGapSeconds: round(whole),
    detectSeconds: round(detected),
    decideSeconds: round(decided - detected),
    promoteSeconds: round(whole - decided),
  };
}

interface Measured {
  readonly loss: Loss | null;
  readonly gap: number | null;
}

function proofsOf(record: ActRecord, terms: Terms, { loss, gap }: Measured): DrillProof[] {
  const { end, ledger } = record;
  const most = mostLost(record, terms, loss);
  return [
    proof('the runbook ended well', end.exit === 0, 'exit 0', `exit ${String(end.exit)}: ${end.why}`),
    ...timelineProofs(record),
    ...roleProofs(record),
    proof('rows acknowledged', ledger.acknowledged > 0, 'more than 0', String(ledger.acknowledged)),
    proof(
      'rows lost',
      most === null || ledger.lost <= most,
      most === null ? 'cannot be bounded' : `at most ${String(most)}`,
      String(ledger.lost),
    ),
    proof('rows unexpected', ledger.unexpected === 0, '0', String(ledger.unexpected)),
    ...wayBackProofs(record, loss),
    ...backupProofs(record),
    ...readinessProofs(record),
    ...(record.copy ? rehearsalProofs(record.copy) : []),
    ...(terms.rto === undefined ? [] : [waited(terms.rto, gap)]),
  ];
}

/** Synchronous replication loses nothing, nor does a salvage; else the estimate says what is allowed. Null: no bound. */
export function mostLost({ act }: ActRecord, { synchronous }: Terms, loss: Loss | null): number | null {
  if (synchronous || loss?.bytes === 0) return 0;
  const { lost } = act.proof;
  // What was given up on purpose is none of the rows lost.
  if (lost === 'after-target' || lost === 'after-backup') return 0;
  if (lost !== 'estimate') return lost;
  // A row takes more than a byte of WAL: so many rows are the most that so many bytes can hold.
  return loss === null || loss.bytes === 'unknown' ? null : loss.bytes;
}

function timelineProofs({ act, timeline: { before, after } }: ActRecord): DrillProof[] {
  const wanted = act.proof.timeline;
  if (wanted.before === undefined && wanted.after === undefined && wanted.raised === undefined) return [];
  const asked = [
    ...(wanted.before === undefined && wanted.after === undefined
      ? []
      : [`${String(wanted.before ?? 'any')} → ${String(wanted.after ?? 'any')}`]),
    ...(wanted.raised === undefined ? [] : [wanted.raised === 0 ? 'unchanged' : `raised by ${String(wanted.raised)}`]),
  ];
  const holds =
    (wanted.before ?? before) === before &&
    (wanted.after ?? after) === after &&
    (wanted.raised === undefined || (after !== null && after - before === wanted.raised));
  return [
    proof('timeline', holds, asked.join(', '), `${String(before)} → ${after === null ? 'no primary' : String(after)}`),
  ];
}

/** A second primary is found whether anybody asked for roles or not. */
function roleProofs({ act, roles }: ActRecord): DrillProof[] {
  const { primary, standbys } = act.proof;
  const primaries = roles.filter(({ role }) => role === 'primary').map(({ node }) => node);
  const streaming = standbysOf(roles);
  return [
    proof('the only primary', rolesFit(roles, { primary }), primary ?? 'one node', list(primaries)),
    ...(standbys === undefined
      ? []
      : [proof('standbys that stream', rolesFit(roles, { primary, standbys }), list(standbys), list(streaming))]),
  ];
}

function backupProofs({ act, baseBackups }: ActRecord): DrillProof[] {
  const wanted = act.proof.baseBackups;
  return wanted === undefined
    ? []
    : [proof('base backups', baseBackups === wanted, String(wanted), String(baseBackups ?? 'not counted'))];
}

function readinessProofs({ act, readiness }: ActRecord): DrillProof[] {
  const wanted = act.proof.readiness;
  const seen = readiness.map(({ is }) => is);
  return wanted.length === 0
    ? []
    : [proof('pg_isready went through', inOrder(seen, wanted), wanted.join(', '), seen.join(', '))];
}

function waited(most: Duration, gap: number | null): DrillProof {
  const found = gap === null ? 'the client was not served again' : showDuration(ms(gap * 1000));
  return proof('the client waited', gap !== null && gap * 1000 <= most, `at most ${showDuration(most)}`, found);
}

function inOrder(seen: readonly string[], wanted: readonly string[]): boolean {
  let at = 0;
  for (const one of seen) if (one === wanted[at]) at += 1;
  return at === wanted.length;
}
