// Reads a runbook: text in, checked steps out, or every mistake with its place.

import type { Static } from 'typebox';
import { Book } from './book-schema.ts';
import { bookMistakes } from './book-rules.ts';
import type { ParamDeclaration, Runbook, WrittenStep } from './book-types.ts';
import type { Catalogue } from './catalogue.ts';
import { type Checked, right, wrong } from './problems.ts';
import { mistakesIn } from './schema-check.ts';
import { hasExpression } from './templates.ts';
import { parseDuration } from '../time.ts';
import { readYaml, type Source } from './yaml-source.ts';

/**
 * @param file as the messages shall name it
 * @param nodes names of the cluster's nodes, where they are known: then steps may name them too, beside roles
 */
export function readRunbook(
  text: string,
  file: string,
  catalogue: Catalogue,
  nodes: readonly string[] = [],
): Checked<Runbook> {
  const yaml = readYaml(text, file, 'runbook');
  if (!yaml.ok) return yaml;
  const source = yaml.value;
  const shape = mistakesIn(Book, source.data);
  const mistakes = [...shape, ...bookMistakes(source.data, catalogue, nodes)];
  if (mistakes.length > 0) return wrong(source.problems(mistakes));
  return right(bookOf(source.data as unknown as Static<typeof Book>, source, file, text));
}

type Written = Static<typeof Book>;

function bookOf(data: Written, source: Source, file: string, text: string): Runbook {
  return {
    name: data.runbook,
    title: data.title,
    description: data.description?.trim(),
    roles: data.roles ?? [],
    params: Object.fromEntries(Object.entries(data.params ?? {}).map(([name, one]) => [name, paramOf(one)])),
    steps: data.steps.map((step, index) => stepOf(step, { file, line: source.line(['steps', index]) })),
    file,
    text,
  };
}

function paramOf(written: NonNullable<Written['params']>[string]): ParamDeclaration {
  return { type: written.type, description: written.description, default: written.default, values: written.values };
}

function stepOf(written: Written['steps'][number], at: WrittenStep['at']): WrittenStep {
  // The brand of a duration is only given by decoding; here it is still as it stands in the file.
  const timeout = written.timeout as unknown as string | undefined;
  return {
    id: written.id,
    title: written.title ?? written.id.replaceAll('-', ' '),
    action: written.action,
    with: written.with ?? {},
    if: written.if === undefined ? undefined : String(written.if),
    retry: written.retry ?? 0,
    timeout: timeout === undefined || hasExpression(timeout) ? timeout : parseDuration(timeout),
    onFailure: written.on_failure ?? 'stop',
    require: written.require ?? [],
    expect: written.expect ?? [],
    each: written.each,
    at,
  };
}
