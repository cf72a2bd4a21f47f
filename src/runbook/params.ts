// Parameters: their declarations, and values given for them, from a file or from the command line.

import type { NodeName } from '../ports.ts';
import { parseLsn } from '../postgres/lsn.ts';
import { parseBytes, parseDuration, parseInstant } from '../time.ts';
import type { ParamDeclaration, ParamType, ParamValue } from './book-types.ts';
import { meant } from './nearest.ts';
import { type Checked, placeless, type Problem, right, wrong } from './problems.ts';
import { describe } from './schema-words.ts';

/** How a value of each type is written, with an example. */
const written: Readonly<Record<ParamType, { readonly a: string; readonly example: string }>> = {
  duration: { a: 'a duration', example: '30s' },
  bytes: { a: 'a size', example: '16MB' },
  timestamp: { a: 'a time with its zone', example: '2026-11-21 16:45:04+09' },
  lsn: { a: 'an LSN', example: '0/1A2B3C8' },
  node: { a: 'a node or a role', example: 'node2' },
  int: { a: 'a whole number', example: '3' },
  string: { a: 'text', example: 'some text' },
  bool: { a: 'true or false', example: 'true' },
  enum: { a: 'one of its values', example: '' },
};

/**
 * The value as expressions see it, or what is wrong with it.
 *
 * @param from `text`: what was typed (`-p retries=3`); `file`: a YAML value, whose type must fit
 */
export function paramValue(
  { type, values }: ParamDeclaration,
  given: unknown,
  from: 'text' | 'file',
): { readonly value: ParamValue } | { readonly message: string; readonly hint: string } {
  const no = {
    message: `must be ${written[type].a}, not ${describe(given)}`,
    hint: type === 'enum' ? `one of: ${(values ?? []).join(', ')}` : `for example ${written[type].example}`,
  };
  if (type === 'int' || type === 'bool') {
    const value = from === 'text' && typeof given === 'string' ? typed(given) : given;
    const fits = type === 'int' ? Number.isSafeInteger(value) : typeof value === 'boolean';
    return fits ? { value: value as ParamValue } : no;
  }
  if (typeof given !== 'string')
    return { ...no, hint: type === 'string' ? `put it in quotes: '${String(given)}'` : no.hint };
  if (type === 'enum' && !values?.includes(given))
    return { ...no, hint: meant(given, values ?? [], 'one of') ?? no.hint };
  return readable[type](given) ? { value: given } : no;
}

function typed(text: string): unknown {
  if (/^[+-]?\d{1,15}$/.test(text.trim())) return Number(text);
  return text === 'true' ? true : text === 'false' ? false : text;
}

const anything = (): boolean => true;
const readable: Readonly<Record<ParamType, (text: string) => boolean>> = {
  duration: text => parseDuration(text) !== undefined,
  bytes: text => parseBytes(text) !== undefined,
  timestamp: text => parseInstant(text) !== undefined,
  lsn: text => parseLsn(text) !== undefined,
  node: text => text !== '',
  int: anything,
  string: anything,
  bool: anything,
  enum: anything,
};

export interface Given {
  readonly values: Readonly<Record<string, ParamValue>>;
  readonly from: 'text' | 'file';
  /** For messages: `-p`, or the book that nests this one. */
  readonly file: string;
  readonly line?: number;
  /** A role or node → node. */
  readonly bind: (name: string) => NodeName | undefined;
}

/** All parameters of a book: those given, checked, and the defaults of the others. */
export function paramValues(
  book: string,
  declared: Readonly<Record<string, ParamDeclaration>>,
  given: Given,
): Checked<Readonly<Record<string, ParamValue>>> {
  const problems: Problem[] = [];
  const values: Record<string, ParamValue> = {};
  const say = (message: string, hint?: string): unknown =>
    problems.push(placeless(given.file, message, hint, given.line));
  for (const name of Object.keys(given.values)) {
    if (!Object.hasOwn(declared, name))
      say(
        `runbook "${book}" has no parameter "${name}"`,
        meant(name, Object.keys(declared), 'its parameters') ?? 'it takes none',
      );
  }
  for (const [name, declaration] of Object.entries(declared)) {
    const value = Object.hasOwn(given.values, name) ? given.values[name] : declaration.default;
    const about = declaration.description === undefined ? '' : ` (${declaration.description})`;
    if (value === undefined) {
      say(
        `parameter "${name}" is not given${about}`,
        given.from === 'text'
          ? `give it: -p ${name}=${exampleOf(declaration)}`
          : `add to params: ${name}: ${exampleOf(declaration)}`,
      );
      continue;
    }
    const read = paramValue(declaration, value, given.from);
    if (!('value' in read)) say(`parameter "${name}" ${read.message}${about}`, read.hint);
    else if (declaration.type !== 'node') values[name] = read.value;
    else {
      const node = given.bind(String(read.value));
      if (node !== undefined) values[name] = node;
      else
        say(
          `parameter "${name}": no role or node is named "${String(read.value)}"${about}`,
          'lifeboat status shows the nodes',
        );
    }
  }
  return problems.length > 0 ? wrong(problems) : right(values);
}

const exampleOf = ({ type, values }: ParamDeclaration): string => {
  const example = type === 'enum' ? (values?.[0] ?? '') : written[type].example;
  return /[^\w./:+-]/.test(example) ? `'${example}'` : example;
};
