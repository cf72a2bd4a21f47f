// A YAML file as plain data that remembers where each of its values stands.

import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Mistake, Path } from './mistake.ts';
import { type Checked, type Problem, right, wrong } from './problems.ts';
import { blotted } from './written-passwords.ts';
import { yamlProblem } from './yaml-errors.ts';
import { tooDeepAt } from './yaml-depth.ts';
import { mask, unmask, unmaskAll } from './yaml-mask.ts';

/** A stretch of the text, in UTF-16 units. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Nobody writes a runbook of this size; a mistyped file name does (a dump, a log). */
const largest = 1024 * 1024;
const deepest = 64;

export class Source {
  readonly file: string;
  readonly text: string;
  /** Mappings, lists, text, numbers, booleans, null. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(
    file: string,
    text: string,
    data: Readonly<Record<string, unknown>>,
    document: Document,
    lines: LineCounter,
  ) {
    this.file = file;
    this.text = text;
    this.data = data;
    this.#document = document;
    this.#lines = lines;
  }

  /** Where a value stands, or its key; the nearest thing above it where it is not there at all. */
  span(path: Path, part: 'key' | 'value' = 'value'): Span {
    let node: unknown = this.#document.contents;
    let found: Span = { from: 0, to: 0 };
    for (const [depth, name] of path.entries()) {
      if (isAlias(node)) node = node.resolve(this.#document);
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(name));
        if (!pair) return found;
        const last = depth === path.length - 1;
        found = spanOf(pair.value) ?? spanOf(pair.key) ?? found;
        if ((last && part === 'key') || (spanOf(pair.value)?.from ?? -1) < 0) found = spanOf(pair.key) ?? found;
        // A mapping or list that begins on the next line is pointed at by its key.
        else if (last && !isScalar(pair.value) && !this.#sameLine(spanOf(pair.key), found))
          found = spanOf(pair.key) ?? found;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(name)];
        found = spanOf(node) ?? found;
      } else return found;
    }
    return found;
  }

  line(path: Path): number {
    return this.#lines.linePos(this.span(path, 'key').from).line;
  }

  problems(mistakes: readonly Mistake[]): Problem[] {
    return mistakes.map(({ path, part, message, hint, within }) => {
      const span = this.#narrowed(this.span(path, part), within);
      return problemAt(this.file, this.text, this.#lines, span, message, hint);
    });
  }

  #narrowed(span: Span, within: string | undefined): Span {
    if (within === undefined) return span;
    const at = this.text.slice(span.from, span.to).indexOf(within);
    return at === -1 ? span : { from: span.from + at, to: span.from + at + within.length };
  }

  #sameLine(key: Span | undefined, value: Span): boolean {
    return key !== undefined && !this.text.slice(key.to, value.from).includes('\n');
  }
}

/** A quote or a brace without its end is complained of where the text ends; it is to be looked for where it begins. */
function opening(document: Document, code: string, end: number): Span | undefined {
  if (code !== 'MISSING_CHAR' && code !== 'BAD_INDENT') return undefined;
  let found: Span | undefined;
  visit(document, {
    Node(_key, node) {
      const span = spanOf(node);
      const opens = isScalar(node)
        ? /^QUOTE/.test(String(node.type))
        : (isMap(node) || isSeq(node)) && node.flow === true;
      if (opens && span && span.from < end && span.to >= end - 1) found = { from: span.from, to: span.from + 1 };
    },
  });
  return found;
}

const an = (what: string): string => `${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what}`;
const beginning = (what: string): string => `begin with ${what === 'inventory' ? 'clusters: …' : `${what}: NAME`}`;

function unresolved(document: Document): { readonly name: string; readonly span: Span } | undefined {
  let lost: { readonly name: string; readonly span: Span } | undefined;
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      lost = { name: alias.source, span: spanOf(alias) ?? { from: 0, to: 0 } };
      return visit.BREAK;
    },
  });
  return lost;
}

function spanOf(node: unknown): Span | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return undefined;
  const [from, to] = node.range as [number, number];
  return { from, to };
}

export function problemAt(
  file: string,
  text: string,
  lines: LineCounter,
  span: Span,
  message: string,
  hint?: string,
): Problem {
  const { line, col } = lines.linePos(Math.min(span.from, text.length));
  return {
    file,
    line: Math.max(line, 1),
    column: Math.max(col, 1),
    message,
    frame: frameOf(text, lines, Math.max(line, 1), Math.max(col, 1), span.to - span.from),
    ...(hint !== undefined && { hint }),
  };
}

/** The line with its number, and carets below; a long line is cut around them, tabs become blanks so that the carets fit. */
function frameOf(text: string, lines: LineCounter, line: number, column: number, length: number): string {
  const start = lines.lineStarts[line - 1] ?? 0;
  const whole = text.slice(start, (lines.lineStarts[line] ?? text.length + 1) - 1).replace(/[\r\n]+$/, '');
  const cut = Math.max(0, column - 61);
  const shown = blotted(whole)
    .slice(cut, cut + 120)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
  if (shown.trim() === '') return '';
  const carets = '^'.repeat(Math.max(1, Math.min(length, whole.length - column + 1, 120 - (column - 1 - cut))));
  const margin = String(line).padStart(5);
  return `${margin} | ${shown.trimEnd()}\n${' '.repeat(margin.length)} | ${' '.repeat(column - 1 - cut)}${carets}`;
}

/** Reads the text of a file; `what` names what it should be (`runbook`), for the messages. */
export function readYaml(raw: string, file: string, what: string): Checked<Source> {
  // Editors on Windows put a byte order mark in front; it is no part of the first key.
  const text = raw.startsWith('\uFEFF') ? raw.slice(1) : raw;
  const lines = new LineCounter();
  const at = (span: Span, message: string, hint?: string): Problem => problemAt(file, text, lines, span, message, hint);
  if (text.length > largest)
    return wrong([
      at({ from: 0, to: 0 }, `the file is too large to be ${an(what)}: more than 1 MB`, 'is it the right file?'),
    ]);
  for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) lines.addNewLine(i + 1);
  lines.lineStarts.unshift(0);

  const binary = /[\u0000\uFFFD]/.exec(text);
  if (binary) {
    const found = binary[0] === '\0' ? 'a NUL byte' : 'bytes that are not UTF-8';
    return wrong([
      at(
        { from: binary.index, to: binary.index + 1 },
        `this is not a text file: it has ${found}`,
        `${an(what)} is YAML in UTF-8`,
      ),
    ]);
  }
  return parsed(text, file, what, lines, at);
}

function parsed(
  text: string,
  file: string,
  what: string,
  lines: LineCounter,
  at: (span: Span, message: string, hint?: string) => Problem,
): Checked<Source> {
  const start = { from: 0, to: 0 };
  const deep = `no ${what} needs more than ${deepest} levels`;
  const masked = mask(text);
  const deepAt = tooDeepAt(masked, deepest);
  if (deepAt !== undefined) return wrong([at({ from: deepAt, to: deepAt + 1 }, 'the file is nested too deeply', deep)]);
  try {
    const document = parseDocument(masked, {
      prettyErrors: false,
      schema: 'core',
      version: '1.2',
      logLevel: 'error',
    });
    const faults = [...document.errors, ...document.warnings].map(({ code, message, pos }) => {
      const { words, hint } = yamlProblem(code, unmask(message), what);
      return at(opening(document, code, pos[0]) ?? { from: pos[0], to: Math.max(pos[1], pos[0] + 1) }, words, hint);
    });
    // What follows the first syntax error is mostly its echo.
    if (faults[0] && document.errors.length > 0) return wrong([faults[0]]);
    if (faults.length > 0) return wrong(faults);
    const lost = unresolved(document);
    if (lost)
      return wrong([
        at(
          lost.span,
          `no anchor is named "${lost.name}"`,
          `quote a text that begins with an asterisk: '*${lost.name}'`,
        ),
      ]);
    // A few lines of aliases on aliases would otherwise grow to gigabytes.
    const data: unknown = unmaskAll(document.toJS({ maxAliasCount: 100 }), deepest);
    if (data === null || data === undefined) return wrong([at(start, 'the file is empty', beginning(what))]);
    if (typeof data !== 'object' || Array.isArray(data)) {
      return wrong([
        at(
          spanOf(document.contents) ?? start,
          `${an(what)} is a mapping, not ${Array.isArray(data) ? 'a list' : 'a single value'}`,
          beginning(what),
        ),
      ]);
    }
    return right(new Source(file, text, data as Record<string, unknown>, document, lines));
  } catch (thrown) {
    // yaml recurses over the nesting, and refuses unknown or too many aliases only when the data is built.
    if (thrown instanceof RangeError) return wrong([at(start, 'the file is nested too deeply', deep)]);
    if (thrown instanceof ReferenceError)
      return wrong([at(start, 'the aliases of the file grow without bound', 'write the values out instead')]);
    throw thrown;
  }
}
