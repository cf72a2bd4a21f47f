// synchronous-standbys: says which standbys a commit waits for; one that is gone would hang every commit.

import { Type } from 'typebox';
import { type Known, mapKnown, valueOf } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import { pointsAt } from '../look/upstream.ts';
import type { NodeName } from '../ports.ts';
import { isLeftOf, keepStandbys, missingStandbys, parseSynchronous, showSynchronous } from '../postgres/synchronous.ts';
import type { Op } from '../ops.ts';
import type { Check, StepId } from '../runbook/book-types.ts';
import { node } from '../runbook/vocabulary.ts';
import { action, type Branches, isBranches, type Plan } from './action.ts';
import { alterSystem } from './parts/alter-system.ts';

const setting = 'synchronous_standby_names';

export const synchronousStandbys = action({
  name: 'synchronous-standbys',
  summary:
    'Sets synchronous_standby_names: a name that is gone hangs every commit, and statement_timeout does not end it',
  params: Type.Object({
    node: node({ description: 'The primary' }),
    names: Type.Optional(
      Type.String({
        description:
          'As in postgresql.conf, empty for none; auto, as where absent: what is in force, without the standbys that do not follow this node; configured: what the site’s own files say, as soon as enough of those standbys stream',
      }),
    ),
  }),
  example: `- id: release-commits
  action: synchronous-standbys
  with: { node: standby, names: auto }`,
  async plan({ node: on, names = 'auto' }, look) {
    const before = await look.fact(on, 'synchronousStandbyNames');
    if (names === 'auto') return byItself(look, { on, before, wanted: before });
    if (names === 'configured')
      return byItself(look, { on, before, wanted: await configured(look, on, before), restores: true });
    return toValue(on, { names, before: valueOf(before), why: names === '' ? 'it is empty' : 'it is set' });
  },
});

interface Wish {
  readonly names: string;
  readonly before: string | undefined;
  /** Why nothing is done where it is so already. */
  readonly why: string;
  readonly because?: string;
  readonly reset?: boolean;
}

function toValue(on: NodeName, { names, before, why, because, reset = false }: Wish): Plan {
  const promise: Check[] = [{ check: 'setting', on, with: { name: setting, is: names } }];
  if (before === names) return { needs: [], do: { ops: [], why }, promise };
  const reason = because !== undefined && { why: because };
  const op = alterSystem({ on, name: setting, value: names, before, reset, ...reason });
  return { needs: [], do: { ops: [op] }, promise };
}

// Every line of every file but the one that ALTER SYSTEM writes; the last counts.
const fileQuery = `select setting from pg_file_settings where name = '${setting}'
 and sourcefile !~ 'postgresql\\.auto\\.conf$' order by seqno desc limit 1`;

/**
 * What the site wrote down, before any failover let the commits go. Where it wrote nothing, or where something else is in
 * force than a failover leaves of it, it has set it some other way, and that stays.
 */
async function configured(look: Look, on: NodeName, before: Known<string>): Promise<Known<string>> {
  const rows = await look.rows(on, fileQuery);
  if (rows.is === 'later') return rows;
  const written = valueOf(rows)?.[0]?.[0] ?? '';
  const whole = parseSynchronous(written);
  if (whole === undefined || whole === 'none') return before;
  const inForce = parseSynchronous(valueOf(before) ?? '');
  return inForce !== undefined && isLeftOf(inForce, whole) ? mapKnown(rows, () => written) : before;
}

interface Guarantee {
  readonly on: NodeName;
  readonly before: Known<string>;
  readonly wanted: Known<string>;
  /** Names that are gone may stand in it, so long as enough of the others stream. */
  readonly restores?: boolean;
}

/** The guarantee that is wanted, kept up by those who are left; commits that would hang for ever are let go. */
async function byItself(look: Look, { on, before, wanted, restores = false }: Guarantee): Promise<Plan> {
  const flows: Check = { check: 'commits-flow', on, with: {} };
  const { left, gone, open } = await followers(look, on, restores);
  const nobody = restores && left.length === 0 && !open;
  if (wanted.is === 'later' && !nobody) return { needs: [], do: undecided(on, wanted.after), promise: [flows] };
  const value = nobody ? 'none' : parseSynchronous(valueOf(wanted) ?? '');
  // What a server runs with it has accepted; where it does not say, the check at the step's end tells.
  if (value === undefined || (wanted.is === 'silent' && !nobody))
    return { needs: [], do: { ops: [], why: 'the server does not say what commits wait for' }, promise: [flows] };
  const kept = keepStandbys(value, left);
  const enough = value === 'none' || (kept !== 'none' && kept.number === value.number);
  const all = value === 'none' || (kept !== 'none' && kept.names.length === value.names.length);
  const whole = enough && (all || restores);
  const missing = missingStandbys(value, left);
  const plan = toValue(on, {
    names: nobody ? '' : whole ? (valueOf(wanted) ?? '') : showSynchronous(kept),
    before: valueOf(before),
    why: kept === 'none' ? 'commits wait for nobody' : `commits wait for ${kept.names.join(', ')}`,
    because: whole
      ? `${left.join(', ')} can answer again`
      : reason(on, missing.length > 0 ? missing : gone, kept === 'none'),
    reset: restores && whole && value !== 'none',
  });
  return { ...plan, way: hasOps(plan) ? 'set' : 'nothing', promise: [...plan.promise, flows] };
}

const hasOps = ({ do: what }: Plan): boolean => !isBranches(what) && what.ops.length > 0;

function undecided(on: NodeName, after: StepId): Branches {
  const op = alterSystem({ on, name: setting, value: '', before: undefined });
  const text = { hole: `ALTER SYSTEM SET ${setting}, of those that follow ${on}`, after };
  const set: Op = {
    ...op,
    do: { op: 'sql', session: true, statements: [{ text }, { text: 'SELECT pg_reload_conf()' }] },
    done: [],
  };
  return {
    after,
    oneOf: {
      set: { when: `commits do not wait for just those that follow ${on}`, ops: [set], worst: 'free' },
      nothing: { when: 'they do', ops: [], worst: 'free' },
    },
  };
}

function reason(on: NodeName, missing: readonly string[], all: boolean): string {
  const who =
    missing.length === 0
      ? 'nobody follows'
      : `${missing.join(' and ')} ${missing.length === 1 ? 'does' : 'do'} not follow`;
  return all ? `${who} ${on}: every commit would hang` : `${who} ${on}; those left keep up the guarantee`;
}

/**
 * Application names of the standbys that follow this node, and the nodes that do not. A standby of the lost primary counts
 * only once an earlier step has it stream again: until then no commit can wait for it. `open`: of some it is not known yet.
 */
async function followers(
  look: Look,
  on: NodeName,
  streaming: boolean,
): Promise<{ left: string[]; gone: string[]; open: boolean }> {
  const left: string[] = [];
  const gone: string[] = [];
  let open = false;
  for (const site of look.cluster.nodes) {
    const { name } = site;
    if (name === on) continue;
    const known = await follows(look, name, on, streaming);
    if (known === true) left.push(valueOf(await look.fact(name, 'replicationName')) ?? name);
    else gone.push(name);
    open ||= known === 'later';
  }
  return { left, gone, open };
}

/** `streams`: where its WAL receiver must stream now, and not only name this node. */
async function follows(look: Look, standby: NodeName, on: NodeName, streams: boolean): Promise<boolean | 'later'> {
  const role = await look.fact(standby, 'role');
  if (role.is === 'later') return 'later';
  if (valueOf(role) !== 'standby') return false;
  const streaming = await look.fact(standby, 'streaming');
  if (streams && valueOf(streaming) !== true) return streaming.is === 'later' ? 'later' : false;
  const known = valueOf(await look.fact(standby, 'upstream'));
  if (known !== undefined) return pointsAt(known, look.node(on));
  return streaming.is === 'promised' && streaming.value;
}
