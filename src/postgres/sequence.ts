// Whether the server log says what was expected, in the order that can be relied on, about the right timeline.
import { parseInstant } from '../time.ts';
import { parseLsn } from './lsn.ts';
import { messageKind } from './messages.ts';
import type { LogProcess, MessageName, Recognised } from './messages.ts';

/** What a field must be: this value (LSNs and numbers by value, not by spelling), one not below another, or one above it. */
export type FieldRule = string | { readonly atLeast: string } | { readonly above: string };

export interface Alternative {
  readonly name: MessageName;
  readonly fields?: Readonly<Record<string, FieldRule>>;
}

/** One of several messages. `optional`: it may be missing, but where it is there its fields must agree. */
export interface Expectation {
  readonly any: readonly Alternative[];
  readonly optional?: boolean;
}

/** The right name with a field that is not the expected one: yesterday's line, or another timeline's. */
export interface WrongField {
  readonly name: MessageName;
  readonly field: string;
  /** `timeline 3`, `lsn at least 0/5000000`. */
  readonly expected: string;
  /** `timeline 2`. */
  readonly found: string;
}

export type Sequence =
  | {
      readonly holds: true;
      /** The lines that satisfied it, in the order expected. */ readonly at: readonly Recognised[];
    }
  | {
      readonly holds: false;
      /** The name that was not found; alternatives joined by "or". */
      readonly missing: string;
      /** The last expected line found before it. */
      readonly after?: MessageName;
      readonly wrong?: WrongField;
    };

/**
 * Looks for each expected message in `found` (the log, in its order). Order is asserted only where it can be relied on:
 * between lines of one process (the same pid, or the same kind of process, of which there is one at a time), and where one line
 * causes the other, as the catalogue says. Everything else may come in any order, as two processes' lines do.
 */
export function expectMessages(found: readonly Recognised[], expected: readonly Expectation[]): Sequence {
  const at = new Map<Expectation, number>();
  // The earliest line that fits leaves most room for those after it. Optional ones are fitted in between afterwards, so that a
  // second, later occurrence of one cannot push the others out.
  for (const expectation of expected) {
    if (expectation.optional === true) continue;
    const index = fit(found, expected, expectation, at);
    if (index === undefined) return missing(found, expected, expectation, at);
    at.set(expectation, index);
  }
  for (const expectation of expected) {
    if (expectation.optional !== true) continue;
    const index = fit(found, expected, expectation, at);
    if (index !== undefined) at.set(expectation, index);
    else if (wrongField(found, expectation)) return missing(found, expected, expectation, at);
  }
  return { holds: true, at: expected.flatMap(expectation => pick(found, at.get(expectation))) };
}

/** The first line that must not be there; undefined where there is none. */
export function firstForbidden(found: readonly Recognised[], names: readonly MessageName[]): Recognised | undefined {
  return found.find(line => names.includes(line.name));
}

/** The first line that satisfies the expectation and stands rightly towards those already matched. */
function fit(
  found: readonly Recognised[],
  expected: readonly Expectation[],
  expectation: Expectation,
  at: ReadonlyMap<Expectation, number>,
): number | undefined {
  const place = expected.indexOf(expectation);
  const index = found.findIndex((line, candidate) => {
    if (!expectation.any.some(alternative => agrees(line, alternative))) return false;
    return [...at].every(([other, taken]) => {
      const neighbour = found[taken];
      if (!neighbour || taken === candidate) return taken !== candidate;
      if (expected.indexOf(other) < place) return !ordered(neighbour, line) || taken < candidate;
      return !ordered(line, neighbour) || candidate < taken;
    });
  });
  return index < 0 ? undefined : index;
}

function ordered(first: Recognised, second: Recognised): boolean {
  if (first.pid !== undefined && first.pid === second.pid) return true;
  const kind = processOf(first);
  if (kind !== 'any' && kind === processOf(second)) return true;
  return messageKind(second.name).causes?.includes(first.name) ?? false;
}

function processOf(line: Recognised): LogProcess {
  return messageKind(line.name).process;
}

function missing(
  found: readonly Recognised[],
  expected: readonly Expectation[],
  expectation: Expectation,
  at: ReadonlyMap<Expectation, number>,
): Sequence {
  const before = expected.slice(0, expected.indexOf(expectation)).findLast(other => at.has(other));
  const after = before && found[at.get(before) ?? -1];
  const wrong = wrongField(found, expectation);
  return {
    holds: false,
    missing: expectation.any.map(alternative => alternative.name).join(' or '),
    ...(after && { after: after.name }),
    ...(wrong && { wrong }),
  };
}

/** The last line that bears an expected name and another value; undefined where one agrees, or none bears the name. */
function wrongField(found: readonly Recognised[], expectation: Expectation): WrongField | undefined {
  if (found.some(line => expectation.any.some(alternative => agrees(line, alternative)))) return undefined;
  const line = found.findLast(one => expectation.any.some(alternative => alternative.name === one.name));
  const alternative = expectation.any.find(one => one.name === line?.name);
  if (!line || !alternative) return undefined;
  const [field, rule] =
    Object.entries(alternative.fields ?? {}).find(([key, one]) => !satisfies(line.fields[key], one)) ?? [];
  if (field === undefined || rule === undefined) return undefined;
  return {
    name: line.name,
    field,
    expected: `${field} ${showRule(rule)}`,
    found: `${field} ${line.fields[field] ?? 'not told'}`,
  };
}

function agrees(line: Recognised, alternative: Alternative): boolean {
  const rules = Object.entries(alternative.fields ?? {});
  return line.name === alternative.name && rules.every(([field, rule]) => satisfies(line.fields[field], rule));
}

function satisfies(value: string | undefined, rule: FieldRule): boolean {
  if (value === undefined) return false;
  if (typeof rule === 'string') return value === rule || compare(value, rule) === 0;
  const order = 'atLeast' in rule ? compare(value, rule.atLeast) : compare(value, rule.above);
  return order !== undefined && ('atLeast' in rule ? order >= 0 : order > 0);
}

/** As LSNs, numbers or times; undefined where the two are not of one kind, so that nothing is compared as text. */
function compare(a: string, b: string): number | undefined {
  const [x, y] = [measure(a), measure(b)];
  if (x === undefined || y === undefined || typeof x !== typeof y) return undefined;
  return x < y ? -1 : x > y ? 1 : 0;
}

function measure(text: string): bigint | number | string | undefined {
  return parseLsn(text) ?? (/^\d{1,15}$/.test(text) ? Number(text) : moment(text));
}

/** A time to the microsecond, in UTC and of one length, so that it sorts as text. */
function moment(text: string): string | undefined {
  const [second = '', fraction = ''] = parseInstant(text)?.slice(0, -1).split('.') ?? [];
  return second === '' ? undefined : `${second}.${fraction.padEnd(6, '0')}`;
}

function showRule(rule: FieldRule): string {
  if (typeof rule === 'string') return rule;
  return 'atLeast' in rule ? `at least ${rule.atLeast}` : `above ${rule.above}`;
}

function pick(found: readonly Recognised[], index: number | undefined): Recognised[] {
  const line = index === undefined ? undefined : found[index];
  return line ? [line] : [];
}
