// The language inside `${{ … }}`: a small part of CEL, what it speaks of picked out before anything is evaluated.

import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { meant } from './nearest.ts';

export const roots = ['params', 'roles', 'cluster', 'nodes', 'steps', 'env'] as const;
export type Root = (typeof roots)[number];

/** `params.down_for`, `nodes.standby.timeline`: a name that an expression speaks of. */
export interface Reference {
  readonly root: Root;
  readonly name: string;
  /** The fact or output; only behind `nodes` and `steps`. */
  readonly field: string | undefined;
  readonly from: number;
  readonly to: number;
}

export interface Expression {
  /** With names as CEL can spell them; positions are those of the text as written. */
  readonly text: string;
  readonly references: readonly Reference[];
  /** The expression is this one name and nothing else. */
  readonly only: Reference | undefined;
}

export interface Misspelt {
  readonly message: string;
  readonly hint: string | undefined;
  /** The part of the expression that is wrong. */
  readonly within: string;
}

/** Everything that may be called. Macros that loop are left out: an expression ends in a moment, whatever it says. */
const functions = ['size', 'startsWith', 'endsWith', 'contains', 'matches', 'string', 'int', 'double', 'has'];
const longest = 2000;
/** Two-level names: `steps.ID.OUTPUT`. */
const deep: ReadonlySet<string> = new Set(['nodes', 'steps']);

export const newEnvironment = (): Environment =>
  new Environment({
    unlistedVariablesAreDyn: false,
    limits: { maxAstNodes: 300, maxDepth: 30, maxListElements: 100, maxMapEntries: 100 },
  });
const parser = newEnvironment();

/** Steps, roles and nodes have dashes in their names, CEL reads a minus there: they are spelt with `_` inside, the length stays. */
export function spelt(text: string): string {
  return text.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\b(?:steps|nodes|roles)\s*\.\s*[A-Za-z][\w-]*/g, part =>
    /^["']/.test(part) ? part : part.replaceAll('-', '_'),
  );
}
export const spelling = (name: string): string => name.replaceAll('-', '_');
/** Back to the name as it is: ids of steps and roles never hold an underscore. */
export const dashed = (name: string): string => name.replaceAll('_', '-');

/** Parses, and finds every name; or says what cannot be read. */
export function parseExpression(written: string): Expression | Misspelt {
  const misspelt = (message: string, from = 0, to = written.length, hint?: string): Misspelt => ({
    message,
    hint,
    within: written.slice(from, Math.max(to, from + 1)).trim() || written.trim() || '${{',
  });
  if (written.trim() === '')
    return misspelt('the expression is empty', 0, 0, 'write a name in it, such as params.NAME');
  if (written.length > longest)
    return misspelt('the expression is too long', 0, 1, 'an expression picks a value; let a step do the work');
  const text = spelt(written);
  let ast: ASTNode;
  try {
    ast = parser.parse(text).ast;
  } catch (thrown) {
    const { summary, range } = celError(thrown);
    return misspelt(
      `the expression cannot be read: ${summary}`,
      range?.from,
      range?.to,
      'texts stand in quotes, names as in params.NAME; == && || ! ?: + are known',
    );
  }
  const references: Reference[] = [];
  const bad = walk(ast, references, written);
  if (bad) return bad;
  const only = references.length === 1 && referenceOf(ast) !== undefined ? references[0] : undefined;
  return { text, references, only };
}

/** Message and place of an error that cel-js threw; its own frame speaks of lines inside the expression. */
export function celError(thrown: unknown): {
  summary: string;
  code: string;
  range: { from: number; to: number } | undefined;
} {
  const error = thrown as { summary?: string; code?: string; message?: string; range?: { start: number; end: number } };
  const summary = error.summary ?? error.message?.split('\n')[0] ?? 'not an expression';
  return {
    summary: summary.replace('Unexpected token: EOF', 'something is missing at its end').replace(/dyn<(\w+)>/g, '$1'),
    code: error.code ?? '',
    range: error.range && { from: error.range.start, to: error.range.end },
  };
}

function walk(node: ASTNode, references: Reference[], written: string): Misspelt | undefined {
  const found = referenceOf(node);
  if (found) {
    if (found.field === undefined && deep.has(found.root)) return incomplete(found, written);
    references.push(found);
    return undefined;
  }
  const within = written.slice(node.start, node.end).trim();
  if (node.op === 'id') return unknownName(node.args, within);
  if (node.op === 'call' || node.op === 'rcall') {
    const refused = refusedCall(node, within);
    if (refused) return refused;
  }
  if (node.op === 'map')
    return { message: 'an expression cannot build a mapping', hint: 'write the mapping in YAML', within };
  for (const child of children(node)) {
    const bad = walk(child, references, written);
    if (bad) return bad;
  }
  return undefined;
}

function unknownName(name: string, within: string): Misspelt {
  if ((roots as readonly string[]).includes(name)) {
    const what = deep.has(name) ? `${name}.NAME.${name === 'nodes' ? 'FACT' : 'OUTPUT'}` : `${name}.NAME`;
    return {
      message: `"${name}" is a group of values, not a value`,
      hint: `name one of them: ${name === 'cluster' ? 'cluster.name' : what}`,
      within,
    };
  }
  return {
    message: `unknown name "${name}"`,
    hint: meant(name, roots) ?? `an expression speaks of ${roots.join(', ')}`,
    within,
  };
}

function incomplete({ root, name }: Reference, written: string): Misspelt {
  const field = root === 'nodes' ? 'timeline' : 'OUTPUT';
  return {
    message: `"${root}.${dashed(name)}" is a group of values, not a value`,
    hint: `name one of them: ${root}.${dashed(name)}.${field}`,
    within: written.trim(),
  };
}

function refusedCall(node: Extract<ASTNode, { op: 'call' | 'rcall' }>, within: string): Misspelt | undefined {
  const name = node.args[0];
  if (!functions.includes(name))
    return { message: `unknown function "${name}"`, hint: meant(name, functions, 'the functions'), within };
  if (name !== 'matches') return undefined;
  const pattern = node.op === 'rcall' ? node.args[2][0] : node.args[1][1];
  const bad =
    pattern?.op === 'value' && typeof pattern.args === 'string'
      ? badPattern(pattern.args)
      : 'it must be written out, in quotes';
  return bad === undefined
    ? undefined
    : { message: `this pattern cannot be used: ${bad}`, hint: 'startsWith, endsWith and contains are simpler', within };
}

/** JavaScript's matcher backtracks: a repeat inside a repeat would keep it busy for years over one long name. */
function badPattern(pattern: string): string | undefined {
  if (pattern.length > 200) return 'it is longer than 200 characters';
  if (/\([^)]*([*+]|\{\d+,)[^)]*\)\s*([*+?]|\{)/.test(pattern) || /\(.*\(.*\).*\)[*+{]/.test(pattern))
    return 'it repeats a repeat';
  if ((pattern.match(/[*+]|\{\d+,/g) ?? []).length > 3) return 'it has more than three repeats';
  if (/\\[1-9]|\(\?/.test(pattern)) return 'it looks around or back';
  try {
    new RegExp(pattern, 'u');
    return undefined;
  } catch {
    return 'it is no regular expression';
  }
}

function children(node: ASTNode): readonly ASTNode[] {
  const isNode = (value: unknown): value is ASTNode =>
    typeof value === 'object' && value !== null && 'op' in value && 'start' in value;
  const args: readonly unknown[] = Array.isArray(node.args) ? (node.args as unknown[]) : [node.args];
  return args.flat(2).filter(isNode);
}

/** `params.x`, `params["x"]`, `steps.a.b`, `steps["a"].b` and so on. */
function referenceOf(node: ASTNode): Reference | undefined {
  const outer = selected(node);
  if (!outer) return undefined;
  if (outer.of.op === 'id' && isRoot(outer.of.args))
    return { root: outer.of.args, name: outer.name, field: undefined, from: node.start, to: node.end };
  const inner = selected(outer.of);
  if (inner?.of.op === 'id' && isRoot(inner.of.args) && deep.has(inner.of.args))
    return { root: inner.of.args, name: inner.name, field: outer.name, from: node.start, to: node.end };
  return undefined;
}

const isRoot = (name: string): name is Root => (roots as readonly string[]).includes(name);

function selected(node: ASTNode): { readonly of: ASTNode; readonly name: string } | undefined {
  if (node.op === '.') return { of: node.args[0], name: node.args[1] };
  if (node.op === '[]' && node.args[1].op === 'value' && typeof node.args[1].args === 'string')
    return { of: node.args[0], name: node.args[1].args };
  return undefined;
}
