// salvage-wal: brings the WAL that a stopped server still has on its disk to a standby, and has it replayed: then nothing is lost.

import { Type } from 'typebox';
import { valueOf } from '../look/facts.ts';
import { walDirectory } from '../look/installation.ts';
import type { Look } from '../look/look.ts';
import type { Op } from '../ops.ts';
import type { NodeName } from '../ports.ts';
import { type Lsn, compareLsn, lsn, showLsn } from '../postgres/lsn.ts';
import { segmentName } from '../postgres/segment.ts';
import { timeline as toTimeline } from '../postgres/timeline.ts';
import type { Check, Hole, StepId } from '../runbook/book-types.ts';
import { duration, node } from '../runbook/vocabulary.ts';
import { type Duration, ms, seconds } from '../time.ts';
import { action, type Plan } from './action.ts';
import { alterSystem } from './parts/alter-system.ts';

export const salvageWal = action({
  name: 'salvage-wal',
  summary: 'Brings the WAL that a stopped server still has to a standby and waits until it is replayed',
  params: Type.Object({
    from: node({ description: 'The stopped server' }),
    to: node({ description: 'The standby' }),
    within: Type.Optional(duration({ description: 'How long replay may take' })),
  }),
  example: `- id: salvage
  action: salvage-wal
  with: { from: primary, to: standby }`,
  async plan({ from, to, within = seconds(600) }, look): Promise<Plan> {
    const promise: Check[] = [{ check: 'caught-up', on: to, with: { with: from } }];
    const needs: Check[] = [{ check: 'role', on: to, with: { is: ['standby'] } }];
    const without = (way: string, why: string): Plan => ({ needs, way, do: { ops: [], why }, promise: [] });
    const leave = (why: string): Plan => without('leave', why);
    // Not the same: a host that does not answer now may do so in a moment, and what it has can still be brought.
    if (valueOf(await look.fact(from, 'reachable')) !== true)
      return without('out-of-reach', `${from} does not answer: its WAL cannot be read`);

    const timeline = valueOf(await look.fact(to, 'timeline'));
    const received = valueOf(await look.fact(to, 'received'));
    const replayed = valueOf(await look.fact(to, 'replayed'));
    const segmentSize = await walSegmentSize(look, to);
    if (timeline === undefined || received === undefined || replayed === undefined || segmentSize === undefined) {
      return leave(`${to} does not say what it received`);
    }
    // From what was replayed on: what was received may end amid a record.
    const end = await look.endOfWal(from, timeline, replayed);
    if (end.is === 'silent' && end.unreachable) return without('out-of-reach', `${from} does not answer: ${end.why}`);
    if (end.is === 'silent') return leave(`the WAL of ${from} cannot be read: ${end.why}`);
    if (end.is === 'later') {
      const hole = (what: string): Hole => ({ hole: what, after: end.after });
      const bounds = {
        first: hole('segment of the last WAL received'),
        last: hole(`segment of the last WAL on ${from}`),
      };
      return {
        needs,
        do: undecided(end.after, from, to, bring(look, { from, to, within, ...bounds, before: undefined })),
        promise,
      };
    }
    const name = (at: Lsn): string => segmentName(toTimeline(timeline), at, segmentSize);
    if (compareLsn(replayed, end.value.last) > 0 || compareLsn(received, end.value.end) >= 0) {
      return {
        needs,
        way: 'nothing',
        do: { ops: [], why: `${to} received it all, to ${showLsn(received)}` },
        promise,
      };
    }
    const before = valueOf(await look.fact(to, 'restoreCommand'));
    const bounds = { first: name(received), last: name(lsn(end.value.end - 1n)) };
    return { needs, way: 'bring', do: { ops: bring(look, { from, to, within, ...bounds, before }) }, promise };
  },
});

const undecided = (after: StepId, from: NodeName, to: NodeName, ops: readonly Op[]) => ({
  after,
  oneOf: {
    bring: { when: `${from} has WAL that ${to} has not`, ops, worst: 'undoable' as const },
    nothing: { when: `${to} received it all`, ops: [], worst: 'free' as const },
    leave: {
      when: `the WAL of ${from} cannot be read`,
      ops: [],
      worst: 'free' as const,
      promise: [],
    },
  },
});

interface Bring {
  readonly from: NodeName;
  readonly to: NodeName;
  readonly first: string | Hole;
  readonly last: string | Hole;
  readonly before: string | undefined;
  readonly within: Duration;
}

function bring(look: Look, { from, to, first, last, before, within }: Bring): Op[] {
  const target = salvageDirectory(look, to);
  return [
    {
      do: { op: 'carry', from, source: walDirectory(look.node(from)), target, files: { first, last } },
      on: to,
      within: seconds(600),
      guard: ['role', 'timeline', 'postmaster'],
      done: [],
      alters: [],
      undo: 'free',
    },
    alterSystem({
      on: to,
      name: 'restore_command',
      value: `cp ${target}/%f "%p"`,
      before,
      why: 'replay reads the salvaged WAL',
    }),
    {
      do: { op: 'wait', until: { check: 'caught-up', on: to, with: { with: from } }, during: ms(0), every: ms(200) },
      on: to,
      within,
      guard: null,
      done: [],
      alters: ['received', 'replayed', 'lastTransaction', 'missing'],
      undo: 'free',
    },
  ];
}

/** Beside the broken data, which has a disk of its own where the site is laid out well. */
function salvageDirectory(look: Look, on: NodeName): string {
  const { postgres, work } = look.node(on);
  return `${postgres.broken ?? work ?? `/var/tmp/lifeboat-${String(postgres.port)}`}/salvaged-wal`;
}

async function walSegmentSize(look: Look, on: NodeName): Promise<number | undefined> {
  const control = valueOf(await look.control(on));
  if (control) return control.walSegmentSize;
  const rows = valueOf(await look.rows(on, "select setting::bigint from pg_settings where name = 'wal_segment_size'"));
  const size = Number(rows?.[0]?.[0]);
  return Number.isFinite(size) && size > 0 ? size : undefined;
}
