// A book on paper → the flat list of steps that a run freezes: roles bound, `each` repeated, nested books unrolled.

import { Fault } from '../faults.ts';
import type { NodeName } from '../ports.ts';
import { parseDuration } from '../time.ts';
import { nestedBook } from './book-schema.ts';
import type { ParamValue, Runbook, Step, StepId, WrittenStep } from './book-types.ts';
import { evaluateExpression, freeze } from './evaluate.ts';
import type { Cluster } from './inventory-types.ts';
import { sandboxRole } from './names.ts';
import { meant } from './nearest.ts';
import { type Given, paramValues } from './params.ts';
import { unescaped } from './templates.ts';
import { type Checked, placeless, type Problem, right, wrong } from './problems.ts';
import type { Scope } from './scope.ts';

export interface Expansion {
  /** As typed (`-p k=v`) or as a drill gives them. */
  readonly params: Readonly<Record<string, ParamValue>>;
  /** Role → node, for every role of the book. */
  readonly bindings: Readonly<Record<string, NodeName>>;
  readonly cluster: Cluster;
  /** In which `each` goes through the nodes; as in the inventory where absent. */
  readonly order?: readonly NodeName[];
  /** Other books, for nesting. */
  readonly books: (name: string) => Runbook | undefined;
  /** Where given, expressions about it are frozen too: a resume must see what the start saw. */
  readonly env?: (name: string) => string | undefined;
}

type Roles = Readonly<Record<string, NodeName>>;

/** One book on its way into the list. */
interface Level {
  readonly book: Runbook;
  readonly roles: Roles;
  readonly given: Omit<Given, 'bind'>;
  readonly prefix: string;
  /** Names of the books around this one, outermost first. */
  readonly chain: readonly string[];
}

const most = 1000;

/** Mistakes have no column: they come from how the book is used, not from its text. */
export function expand(book: Runbook, how: Expansion): Checked<Step[]> {
  const problems: Problem[] = [];
  const given = { values: how.params, from: 'text', file: '-p' } as const;
  const steps = level({ book, roles: how.bindings, given, prefix: '', chain: [] }, how, problems);
  if (steps.length > most)
    problems.push(
      placeless(book.file, `the book expands to more than ${most} steps`, 'nest fewer books in each other'),
    );
  return problems.length > 0 ? wrong(problems) : right(steps);
}

function level(at: Level, how: Expansion, problems: Problem[]): Step[] {
  const { book } = at;
  const unbound = roleProblems(at, how.cluster);
  if (unbound.length > 0) {
    problems.push(...unbound);
    return [];
  }
  const roles = Object.fromEntries(book.roles.map(role => [role, at.roles[role] as NodeName]));
  const params = paramValues(book.name, book.params, {
    ...at.given,
    bind: name => nodeNamed(name, { ...at.roles, ...roles }, how.cluster),
  });
  if (!params.ok) {
    problems.push(...params.problems);
    return [];
  }
  const expanded: Step[] = [];
  for (const step of book.steps) {
    for (const { suffix, own } of repeats(step, roles, how)) {
      if (expanded.length > most) return expanded;
      const scope = { params: params.value, roles: own, cluster: how.cluster.name, ...(how.env && { env: how.env }) };
      try {
        const id = `${at.prefix}${step.id}${suffix}`;
        expanded.push(
          ...(step.action === nestedBook.name ? nested(step, id, scope, at, how, problems) : [one(step, id, scope)]),
        );
      } catch (thrown) {
        if (!(thrown instanceof Fault)) throw thrown;
        problems.push(placeless(step.at.file, thrown.message, thrown.hint, step.at.line));
      }
    }
  }
  return expanded;
}

type Frozen = Omit<Scope, 'nodes' | 'steps' | 'env'> & Partial<Pick<Scope, 'env'>>;

function one(step: WrittenStep, id: string, scope: Frozen): Step {
  const { each: _each, ...written } = step;
  return {
    ...written,
    id: id as StepId,
    title: unescaped(String(freeze(step.title, scope))),
    with: freeze(step.with, scope),
    timeout: typeof step.timeout === 'string' ? timeoutOf(step.timeout, scope) : step.timeout,
    require: step.require.map(check => freeze(check, scope)),
    expect: step.expect.map(check => freeze(check, scope)),
    params: scope.params,
    roles: scope.roles,
  };
}

function timeoutOf(written: string, scope: Frozen): Step['timeout'] {
  const text = String(freeze(written, scope));
  const timeout = parseDuration(text);
  if (timeout === undefined)
    throw new Fault('invalid', `"timeout" must be a duration, not "${text}"`, {
      hint: 'a number with its unit: 30s, 10min',
    });
  return timeout;
}

function repeats(
  step: WrittenStep,
  roles: Roles,
  { cluster, order = cluster.nodes.map(({ name }) => name) }: Expansion,
): { suffix: string; own: Roles }[] {
  if (step.each === undefined) return [{ suffix: '', own: roles }];
  const taken = new Set(
    step.each === 'others' ? Object.values(roles) : step.each === 'standbys' ? [roles['primary']] : [],
  );
  return order.filter(name => !taken.has(name)).map(name => ({ suffix: `[${name}]`, own: { ...roles, each: name } }));
}

function nested(step: WrittenStep, id: string, scope: Frozen, at: Level, how: Expansion, problems: Problem[]): Step[] {
  const refused = (message: string, hint?: string): Step[] => {
    problems.push(placeless(step.at.file, message, hint, step.at.line));
    return [];
  };
  if (step.if !== undefined && !holdsNow(step.if, scope)) return [];
  const written = freeze(step.with, scope) as {
    runbook: string;
    params?: Record<string, ParamValue>;
    bind?: Record<string, string>;
  };
  const chain = [...at.chain, at.book.name];
  if (chain.includes(written.runbook))
    return refused(
      `runbook "${written.runbook}" nests itself: ${[...chain, written.runbook].join(' → ')}`,
      'break the circle',
    );
  const book = how.books(written.runbook);
  if (!book) return refused(`step "${id}": no runbook is named "${written.runbook}"`, 'lifeboat list shows the books');
  const bind = written.bind ?? {};
  for (const role of Object.keys(bind)) {
    if (!book.roles.includes(role))
      return refused(
        `step "${id}": runbook "${book.name}" has no role "${role}"`,
        meant(role, book.roles, 'its roles'),
      );
  }
  const bound = book.roles.flatMap(role => {
    const node = nodeNamed(bind[role] ?? role, scope.roles, how.cluster);
    return node === undefined ? [] : [[role, node] as const];
  });
  const given = { values: written.params ?? {}, from: 'file', file: step.at.file, line: step.at.line } as const;
  return level({ book, roles: Object.fromEntries(bound), given, prefix: `${id}/`, chain }, how, problems);
}

function holdsNow(condition: string, scope: Frozen): boolean {
  const expression = /^\s*\$\{\{([^]*)\}\}\s*$/.exec(condition)?.[1] ?? condition;
  const full: Scope = { ...scope, env: scope.env ?? (() => undefined), nodes: () => undefined, steps: () => undefined };
  const value = evaluateExpression(expression, full);
  if (typeof value !== 'boolean') throw new Fault('invalid', `"if" must be true or false: ${expression.trim()}`);
  return value;
}

function nodeNamed(name: string, roles: Roles, cluster: Cluster): NodeName | undefined {
  return (Object.hasOwn(roles, name) ? roles[name] : undefined) ?? cluster.nodes.find(node => node.name === name)?.name;
}

function roleProblems({ book, roles, given, prefix }: Level, cluster: Cluster): Problem[] {
  const where = prefix === '' ? '' : ` (nested as ${prefix.slice(0, -1)})`;
  const said = (message: string, hint: string): Problem[] => [
    placeless(prefix === '' ? book.file : given.file, `${message}${where}`, hint, given.line),
  ];
  return book.roles.flatMap((role, index) => {
    const node = Object.hasOwn(roles, role) ? roles[role] : undefined;
    if (node === undefined) {
      const hint =
        prefix === '' ? `name it: --bind ${role}=${cluster.nodes[0]?.name ?? 'NODE'}` : `name it: bind: { ${role}: … }`;
      return said(`role "${role}" of runbook "${book.name}" is bound to no node`, hint);
    }
    if (!cluster.nodes.some(({ name }) => name === node))
      return said(
        `role "${role}" is bound to "${node}", and cluster ${cluster.name} has no such node`,
        `its nodes: ${cluster.nodes.map(({ name }) => name).join(', ')}`,
      );
    const twin = book.roles
      .slice(0, index)
      .find(other => roles[other] === node && ![role, other].includes(sandboxRole));
    if (twin !== undefined)
      return said(
        `roles "${twin}" and "${role}" are both bound to ${node}`,
        `bind one of them to another node: --bind ${role}=NODE`,
      );
    if (node !== role && cluster.nodes.some(({ name }) => name === role))
      return said(
        `role "${role}" is bound to ${node}, and another node is called "${role}"`,
        'rename the role or the node: a step could mean either',
      );
    return [];
  });
}
