// rejoin: brings a node back under a primary by the cheapest safe way: nothing, repoint, follow, rewind or rebuild.

import { Type } from 'typebox';
import { type Role, valueOf } from '../look/facts.ts';
import type { Loss } from '../look/loss.ts';
import type { Look } from '../look/look.ts';
import { type Decision, showBeyond, type WayBack, wayBack, type WayBackVerdict } from '../look/way-back.ts';
import type { Op } from '../ops.ts';
import type { NodeName } from '../ports.ts';
import { lsn } from '../postgres/lsn.ts';
import { segmentName } from '../postgres/segment.ts';
import { timeline as toTimeline } from '../postgres/timeline.ts';
import type { Check, Hole, StepId } from '../runbook/book-types.ts';
import { duration, node, word } from '../runbook/vocabulary.ts';
import { bytes, ms, seconds } from '../time.ts';
import { action, type Branches, type Plan, type Worst } from './action.ts';
import { archiveOps } from './parts/archive.ts';
import { broken, type Broken } from './parts/broken.ts';
import { startOp, stopOp } from './parts/server.ts';
import { rebuildOps } from './parts/rebuild.ts';
import { checkpointOp, keepWalOp, rewindOps } from './parts/rewind.ts';
import { type Pair, repointOps, slotOps, standbyOp } from './parts/standby.ts';

const methods = ['cheapest', 'follow', 'rewind', 'rebuild'] as const;
type Method = (typeof methods)[number];

export const rejoin = action({
  name: 'rejoin',
  summary: 'Makes a node a standby of the primary by the cheapest safe way: follow, rewind, or a new base backup',
  params: Type.Object({
    node: node({ description: 'The node that comes back' }),
    primary: node({ description: 'The primary that it shall follow' }),
    method: Type.Optional(
      word(methods, { description: 'Allows one way only, where it is safe; cheapest where absent' }),
    ),
    within: Type.Optional(duration({ description: 'How long its start may take' })),
    instead_of: Type.Optional(
      node({
        description: 'The primary before: its standbys move on, and those of another standby stay with that one',
      }),
    ),
  }),
  example: `- id: rejoin
  action: rejoin
  with: { node: standby, primary: primary }`,
  async plan(params, look): Promise<Plan> {
    const { node: on, primary, method = 'cheapest', within = seconds(300), instead_of: former } = params;
    const promise: Check[] = [
      { check: 'role', on, with: { is: ['standby'] } },
      { check: 'follows', on, with: { primary } },
    ];
    const needs: Check[] = [
      { check: 'role', on: primary, with: { is: ['primary'] } },
      { check: 'role', on, with: { is: ['standby', 'down'] } },
    ];
    const verdict = await wayBack(look, on, primary, former);
    const pair = await pairOf(look, on, primary, verdict);
    const moved = await broken(look, on, primary);
    const strays = await archiveOps(pair, moved.directory);
    const at: At = { pair, within, moved, strays, look, after: verdict.is === 'later' ? verdict.after : undefined };
    if (verdict.is === 'later')
      return { needs, promise, do: undecided(verdict.after, at, method, valueOf(await look.fact(on, 'role'))) };
    if (verdict.is !== 'decided')
      return { needs: [...needs, { check: 'can-rejoin', on, with: { primary } }], promise, do: { ops: [] } };
    const chosen = permitted(verdict, method);
    if (chosen === undefined)
      return {
        needs: [...needs, { check: 'can-rejoin', on, with: { primary, by: method } }],
        promise,
        do: { ops: [] },
      };
    const ops = opsOf(chosen, at, verdict);
    const why = chosen === verdict.way ? verdict.why : `as asked for; ${verdict.why}`;
    return { needs, promise, way: chosen, do: { ops, why: `${chosen}: ${why}`, ...lossIn(ops, verdict, on) } };
  },
});

interface At {
  readonly pair: Pair;
  readonly within: ReturnType<typeof seconds>;
  readonly moved: Broken;
  /** What puts aside WAL in its archive that is not of the primary's way. */
  readonly strays: readonly Op[];
  readonly look: Look;
  /** The step after which the way is known, where it is not yet. */
  readonly after: StepId | undefined;
}

/** Follow is safe only where it was decided; a rebuild always is, and a rewind where it was possible at all. */
function permitted({ way }: Decision, method: Method): WayBack | undefined {
  if (method === 'cheapest' || way === 'nothing') return way;
  if (method === 'follow') return way === 'follow' || way === 'repoint' ? way : undefined;
  if (method === 'rewind') return way === 'rewind' ? way : undefined;
  return 'rebuild';
}

async function pairOf(look: Look, on: NodeName, primary: NodeName, verdict: WayBackVerdict): Promise<Pair> {
  const system = await look.fact(primary, 'systemId');
  const version = valueOf(await look.fact(primary, 'version'));
  const known = valueOf(system);
  const after = system.is === 'later' ? system.after : verdict.is === 'later' ? verdict.after : undefined;
  const hole: Hole | undefined = after === undefined ? undefined : { hole: `system identifier of ${primary}`, after };
  return { look, on, primary, version, system: known ?? hole ?? '' };
}

function opsOf(way: WayBack, at: At, decision: Decision | undefined): Op[] {
  const { pair, within, moved, strays, look } = at;
  const site = look.node(pair.on);
  const start = startOp(site, within, 'standby');
  // Whatever became of the data directory, it is the primary's system by now.
  const startNew: Op = { ...start, guard: ['postmaster'], system: pair.system };
  const stop = stopOp(site, { modes: ['fast', 'immediate'], within: seconds(60), startAgain: false });
  switch (way) {
    case 'nothing':
      return [];
    case 'repoint':
      return [...slotOps(pair), ...repointOps(pair)];
    case 'follow':
      return [...slotOps(pair), standbyOp(pair), start];
    case 'rewind':
      return [
        ...(decision?.runs === false ? [] : [stop]),
        checkpointOp(pair.primary),
        ...slotOps(pair),
        ...(decision && !decision.beyond ? [] : [keepWalOp(pair, firstOf(at, decision), moved.directory)]),
        ...rewindOps(pair),
        ...strays,
        startNew,
      ];
    case 'rebuild':
      return [
        ...(decision?.runs === false ? [] : [stop]),
        ...slotOps(pair),
        ...rebuildOps(pair, moved),
        ...strays,
        startNew,
      ];
  }
}

/** The name of the first segment with WAL of its own. */
function firstOf({ after }: At, decision: Decision | undefined): string | Hole {
  const beyond = decision?.beyond;
  if (!beyond)
    return after === undefined ? '000000000000000000000000' : { hole: 'the first segment of its own', after };
  return segmentName(toTimeline(beyond.timeline), lsn(beyond.from), beyond.segmentSize);
}

/** The ways that can still come out; what its role will be by then rules some of them out. */
function undecided(after: Branches['after'], at: At, method: Method, role: Role | undefined): Branches {
  const { on, primary } = at.pair;
  const ways: readonly { way: WayBack; when: string; worst: Worst; of: readonly Role[] }[] = [
    {
      way: 'nothing',
      when: `${on} streams from ${primary} already, or goes on through another standby`,
      worst: 'free',
      of: ['standby'],
    },
    { way: 'repoint', when: `${on} has nothing beyond the fork`, worst: 'undoable', of: ['standby'] },
    { way: 'follow', when: `the WAL of ${on} ends before the fork`, worst: 'undoable', of: ['down'] },
    {
      way: 'rewind',
      when: `the WAL of ${on} goes on beyond the fork, and pg_rewind can take it back`,
      worst: 'never',
      of: ['standby', 'down'],
    },
    { way: 'rebuild', when: 'nothing else can be used', worst: 'undoable', of: ['standby', 'down'] },
  ];
  const open = ways.filter(({ way, of }) => (role === undefined || of.includes(role)) && allowed(way, method));
  return {
    after,
    oneOf: Object.fromEntries(
      open.map(({ way, when, worst }) => [way, { when, worst, ops: opsOf(way, at, undefined) }]),
    ),
  };
}

const allowed = (way: WayBack, method: Method): boolean =>
  method === 'cheapest' || way === method || way === 'nothing' || (way === 'repoint' && method === 'follow');

/** What the gate shows: nothing is lost here that is not lost already, and what nobody else has is kept. */
function lossIn(ops: readonly Op[], { beyond }: Decision, on: NodeName): { loss?: Loss } {
  if (!ops.some(({ undo }) => undo === 'never')) return {};
  const from = beyond
    ? `${showBeyond(beyond)}, only on ${on}: kept aside, and no longer part of the cluster`
    : `${on} has nothing of its own`;
  return { loss: { bytes: bytes(0), time: ms(0), from: [from] } };
}
