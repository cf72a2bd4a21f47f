// What the expressions of a step can see: parameters, roles, facts of nodes, outputs of earlier steps.

import { type Fact, type Known, valueOf } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import { type Lsn, showLsn } from '../postgres/lsn.ts';
import type { Hole, Step, StepId } from '../runbook/book-types.ts';
import type { Scope } from '../runbook/scope.ts';
import type { BoundBook } from './book.ts';

/** Outputs of a step: its values once it is done; `later` while it is to come; undefined for a step that is left out. */
export type Outputs = (step: StepId) => Readonly<Record<string, string>> | 'later' | undefined;

/** Facts that expressions may ask for: `nodes.standby.timeline`. */
export const offered: readonly Fact[] = [
  'reachable',
  'role',
  'ready',
  'timeline',
  'version',
  'received',
  'replayed',
  'written',
  'lastTransaction',
  'systemId',
  'writable',
  'restoreCommand',
  'synchronousStandbyNames',
];

/** Only the facts that the step speaks of are asked for: a look costs a round trip. */
export async function scopeOf(book: BoundBook, step: Step, look: Look, outputs: Outputs): Promise<Scope> {
  const facts = await factsOf(step, look);
  const ids = book.steps.map(one => one.id);
  const earlier = ids.slice(0, ids.indexOf(step.id));
  return {
    params: step.params,
    roles: step.roles,
    cluster: book.cluster.name,
    env: book.env,
    step: id => earlier.find(one => one === id),
    nodes: (role, fact) => facts.get(`${role} ${fact}`),
    steps(id, output) {
      const known = outputs(id as StepId);
      if (known === 'later') return { hole: `steps.${id}.${output}`, after: id as StepId };
      return known?.[output];
    },
  };
}

/** A condition must be able to ask about a node that does not answer: what it is, is then `unknown`, and no role. */
const telling: ReadonlySet<Fact> = new Set(['role', 'ready']);

async function factsOf(step: Step, look: Look): Promise<Map<string, string | number | boolean | Hole>> {
  const facts = new Map<string, string | number | boolean | Hole>();
  const isNamed = named(JSON.stringify([step.with, step.if, step.require, step.expect]));
  for (const [role, node] of Object.entries(step.roles)) {
    for (const fact of offered.filter(one => isNamed(role, one))) {
      const known = await look.fact(node, fact);
      const value = known.is === 'silent' && telling.has(fact) ? 'unknown' : plain(known, `nodes.${role}.${fact}`);
      if (value !== undefined) facts.set(`${role} ${fact}`, value);
    }
  }
  return facts;
}

/** Which facts a text may speak of: those that it names, or all where it speaks of nodes in another way. */
function named(text: string): (role: string, fact: Fact) => boolean {
  const names = [...text.matchAll(/nodes\.([\w-]+)\.(\w+)/g)].map(([, role = '', fact = '']) => `${role} ${fact}`);
  const all = names.length < text.split('nodes.').length - 1;
  return (role, fact) => all || names.includes(`${role} ${fact}`);
}

function plain(known: Known<unknown>, name: string): string | number | boolean | Hole | undefined {
  if (known.is === 'later') return { hole: name, after: known.after };
  const value = valueOf(known);
  if (typeof value === 'bigint') return showLsn(value as Lsn);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}
