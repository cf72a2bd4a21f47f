// Roles are bound once, at the start, by looking; a role is the name of the node chosen and does not move with a promotion.

import { Fault } from '../faults.ts';
import { valueOf } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import { pointsAt } from '../look/upstream.ts';
import type { NodeName } from '../ports.ts';
import { lsn, lsnDiff } from '../postgres/lsn.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';
import { sandboxRole } from '../runbook/names.ts';
import { bytes, ms } from '../time.ts';
import { type Candidate, type Choice, choose } from './candidate.ts';
import { findStrayed } from './strayed.ts';

export type Bindings = Readonly<Record<string, NodeName>>;

export interface Bound {
  readonly roles: Bindings;
  /** Why this node and no other, by role, where there was a choice. */
  readonly reasons: Readonly<Record<string, string>>;
}

/** What the operator bound wins; `primary`, `standby`, `home`, `node` and `sandbox` are looked for; any other role must be bound. */
export async function bindRoles(roles: readonly string[], look: Look, given: Bindings): Promise<Bound> {
  const bound: Record<string, NodeName> = {};
  const reasons: Record<string, string> = {};
  // Who has a sandbox beside his own server can be anybody.
  const { [sandboxRole]: beside, ...told } = given;
  for (const role of roles) {
    const { node, why } = role === sandboxRole ? await findSandbox(look, beside, bound) : await find(role, look, told);
    bound[role] = node;
    if (why !== undefined) reasons[role] = why;
  }
  const nodes = Object.entries(bound).flatMap(([role, node]) => (role === sandboxRole ? [] : [node]));
  const twice = nodes.find((node, i) => nodes.indexOf(node) !== i);
  if (twice !== undefined) {
    const both = Object.keys(bound).filter(role => role !== sandboxRole && bound[role] === twice);
    throw new Fault('refused', `${both.join(' and ')} are both ${twice}`, {
      hint: `bind them: ${example(both, look)}`,
    });
  }
  return { roles: bound, reasons };
}

/** A standby has the disks, and nobody works on it; where none answers, the primary's host. */
async function findSandbox(look: Look, told: NodeName | undefined, { primary }: Bindings): Promise<Choice> {
  if (told !== undefined) return { node: told, why: undefined };
  try {
    return await findStandby(look, new Set(primary === undefined ? [] : [primary]));
  } catch (error) {
    if (!(error instanceof Fault) || primary === undefined) throw error;
    return { node: primary, why: error.message };
  }
}

async function find(role: string, look: Look, given: Bindings): Promise<Choice> {
  const taken = new Set(Object.values(given));
  const told = given[role];
  if (told !== undefined) return { node: told, why: undefined };
  if (role === 'primary') return { node: await findPrimary(look, taken), why: undefined };
  if (role === 'standby') return findStandby(look, taken);
  if (role === 'home') return { node: homeOf(look), why: undefined };
  if (role === 'node') return { node: await findStrayed(look, taken), why: undefined };
  throw new Fault('usage', `role "${role}" must be bound to a node`, { hint: `for example: ${example([role], look)}` });
}

function homeOf({ cluster }: Look): NodeName {
  if (cluster.home) return cluster.home.primary;
  throw new Fault('usage', `the inventory does not say where the primary of ${cluster.name} belongs`, {
    hint: `write it there: home: { primary: ${cluster.nodes[0]?.name ?? 'NODE'} }, or bind it: --bind home=NODE`,
  });
}

const example = (roles: readonly string[], look: Look): string =>
  roles.map((role, i) => `--bind ${role}=${look.cluster.nodes[i]?.name ?? 'NODE'}`).join(' ');

/** The node that says it is one; else, for a lost one, the node where it belongs, or the only one that is no standby. */
async function findPrimary(look: Look, taken: ReadonlySet<NodeName>): Promise<NodeName> {
  const free = look.cluster.nodes.map(({ name }) => name).filter(name => !taken.has(name));
  const roles = await Promise.all(free.map(async name => ({ name, role: valueOf(await look.fact(name, 'role')) })));
  const primaries = roles.filter(({ role }) => role === 'primary').map(({ name }) => name);
  if (primaries.length > 1) {
    throw new Fault('refused', `two primaries: ${primaries.join(' and ')} both take writes`, {
      hint: `stop the wrong one first, or say which is meant: --bind primary=${primaries[0] ?? ''}`,
    });
  }
  const [only] = primaries;
  if (only !== undefined) return only;
  const lost = roles.filter(({ role }) => role !== 'standby').map(({ name }) => name);
  const home = look.cluster.home?.primary;
  if (home !== undefined && lost.includes(home)) return home;
  const [last, ...others] = lost;
  if (last !== undefined && others.length === 0) return last;
  throw new Fault(
    'refused',
    last === undefined ? 'every node is a standby; none was the primary' : `the primary could be ${lost.join(' or ')}`,
    {
      hint: `say which it is: --bind primary=${last ?? free[0] ?? 'NODE'}`,
    },
  );
}

/** The best candidate among the standbys that answer. */
async function findStandby(look: Look, taken: ReadonlySet<NodeName>): Promise<Choice> {
  const free = look.cluster.nodes.filter(({ name }) => !taken.has(name));
  const all = await Promise.all(free.map(async site => ({ site, role: await look.fact(site.name, 'role') })));
  const standbys = all.filter(({ role }) => valueOf(role) === 'standby').map(({ site }) => site);
  const choice = choose(await candidatesOf(look, standbys));
  if (choice) return choice;
  if (standbys.length > 0) {
    throw new Fault('refused', `no standby may be chosen: priority 0 stands for ${names(standbys)}`, {
      hint: `say which it shall be: --bind standby=${standbys[0]?.name ?? 'NODE'}`,
    });
  }
  const silent = all.filter(({ role }) => role.is === 'silent');
  const why = silent.map(({ site, role }) => `${site.name}: ${role.is === 'silent' ? role.why : ''}`).join('; ');
  const unreachable = silent.length > 0 && silent.every(({ role }) => role.is === 'silent' && role.unreachable);
  throw new Fault(unreachable ? 'unreachable' : 'refused', `no standby answers${why === '' ? '' : ` (${why})`}`, {
    hint: 'lifeboat status',
  });
}

const names = (sites: readonly NodeSite[]): string => sites.map(({ name }) => name).join(' and ');

/**
 * While a primary writes, its standbys are never level: each is looked at a moment after the other, and a clean stop brings
 * them all to the same end. Less than a segment is then no reason to pass over the one that the site prefers.
 */
const moment = 16 * 1024 * 1024;

async function candidatesOf(look: Look, standbys: readonly NodeSite[]): Promise<Candidate[]> {
  const roles = await Promise.all(look.cluster.nodes.map(({ name }) => look.fact(name, 'role')));
  const level = roles.some(role => valueOf(role) === 'primary') ? moment : 0;
  const received = await Promise.all(
    standbys.map(async ({ name }) => valueOf(await look.fact(name, 'received')) ?? lsn(0n)),
  );
  const most = received.reduce((one, other) => (one > other ? one : other), lsn(0n));
  return Promise.all(
    standbys.map(async (site, i) => {
      const behind = lsnDiff(most, received[i] ?? lsn(0n));
      return candidateOf(look, site, standbys, behind <= level ? bytes(0) : behind);
    }),
  );
}

async function candidateOf(
  look: Look,
  site: NodeSite,
  standbys: readonly NodeSite[],
  behind: Candidate['behind'],
): Promise<Candidate> {
  const { name } = site;
  const upstream = valueOf(await look.fact(name, 'upstream')) ?? '';
  return {
    name,
    timeline: valueOf(await look.fact(name, 'timeline')) ?? 0,
    paused: valueOf(await look.fact(name, 'replayPaused')) ?? false,
    delay: valueOf(await look.fact(name, 'replayDelay')) ?? ms(0),
    behind,
    priority: site.priority ?? 1,
    cascaded: standbys.some(other => other !== site && pointsAt(upstream, other)),
  };
}
