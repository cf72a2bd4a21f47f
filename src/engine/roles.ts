// Roles are bound once, at the start, by looking; a role is the name of the node chosen and does not move with a promotion.

import { Fault } from '../faults.ts';
import { valueOf } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import type { NodeName } from '../ports.ts';
import { compareLsn, lsn } from '../postgres/lsn.ts';

export type Bindings = Readonly<Record<string, NodeName>>;

/** What the operator bound wins; `primary` and `standby` are looked for; any other role must be bound. */
export async function bindRoles(roles: readonly string[], look: Look, given: Bindings): Promise<Bindings> {
  const bound: Record<string, NodeName> = {};
  for (const role of roles) bound[role] = given[role] ?? (await find(role, look, given));
  const nodes = Object.values(bound);
  const twice = nodes.find((node, i) => nodes.indexOf(node) !== i);
  if (twice !== undefined) {
    const both = Object.keys(bound).filter(role => bound[role] === twice);
    throw new Fault('refused', `${both.join(' and ')} are both ${twice}`, {
      hint: `bind them: ${example(both, look)}`,
    });
  }
  return bound;
}

async function find(role: string, look: Look, given: Bindings): Promise<NodeName> {
  const taken = new Set(Object.values(given));
  if (role === 'primary') return findPrimary(look, taken);
  if (role === 'standby') return findStandby(look, taken);
  throw new Fault('usage', `role "${role}" must be bound to a node`, { hint: `for example: ${example([role], look)}` });
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

/** The standby that received most, on the latest timeline; the inventory's order decides between equals. */
async function findStandby(look: Look, taken: ReadonlySet<NodeName>): Promise<NodeName> {
  const free = look.cluster.nodes.map(({ name }) => name).filter(name => !taken.has(name));
  const all = await Promise.all(
    free.map(async name => ({
      name,
      role: await look.fact(name, 'role'),
      timeline: valueOf(await look.fact(name, 'timeline')) ?? 0,
      received: valueOf(await look.fact(name, 'received')) ?? lsn(0n),
    })),
  );
  const standbys = all.filter(({ role }) => valueOf(role) === 'standby');
  const [best] = standbys.sort((a, b) => b.timeline - a.timeline || compareLsn(b.received, a.received));
  if (best) return best.name;
  const silent = all.filter(({ role }) => role.is === 'silent');
  const why = silent.map(({ name, role }) => `${name}: ${role.is === 'silent' ? role.why : ''}`).join('; ');
  const unreachable = silent.length > 0 && silent.every(({ role }) => role.is === 'silent' && role.unreachable);
  throw new Fault(unreachable ? 'unreachable' : 'refused', `no standby answers${why === '' ? '' : ` (${why})`}`, {
    hint: 'lifeboat status',
  });
}
