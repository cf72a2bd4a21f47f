// A parameter that names an earlier step of the same book: `since: fence`.

import type { Names } from './expressions.ts';
import type { Mistake, Path } from './mistake.ts';
import { meant } from './nearest.ts';

/** What is wrong with naming this step at this place; nothing where it comes before and is one step. */
export function namedStepMistake(name: string, path: Path, names: Names): Mistake[] {
  const mistake = (message: string, hint: string): Mistake[] => [{ path, part: 'value', message, hint }];
  const whyNot = (one: string): string | undefined => (names.twins.includes(one) ? undefined : names.several.get(one));
  const possible = names.earlier.filter(one => whyNot(one) === undefined);
  if (possible.includes(name)) return [];
  const hint = meant(name, possible, 'the earlier steps') ?? 'no step comes before this one';
  if (names.earlier.includes(name)) return mistake(`"${name}" ${whyNot(name) ?? ''}: it has no one beginning`, hint);
  if (names.all.includes(name)) return mistake(`step "${name}" does not come before this one`, hint);
  return mistake(`no step is named "${name}"`, hint);
}
