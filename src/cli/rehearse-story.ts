// The story of a rehearsal: which loss a book is rehearsed against, in the language of drills; the file bears the book's name.

import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Fault } from '../faults.ts';
import { readDrill } from '../runbook/drill.ts';
import type { Act, Drill } from '../runbook/drill-types.ts';
import type { Cluster } from '../runbook/inventory-types.ts';
import { bookFile, bookFiles, packageFolder } from './books.ts';
import { catalogue } from './catalogue.ts';
import { checked } from './inventory-file.ts';
import { pairs } from './options.ts';
import type { Terminal } from './terminal.ts';
import { unreadable } from './unreadable.ts';

/** Throws a Fault `usage` where there is no such book, or no story for it. */
export async function loadStory(
  terminal: Terminal,
  book: string,
  given: readonly string[] | undefined,
): Promise<Drill> {
  await bookFile(terminal, book);
  const files = await storyFiles(terminal);
  const file = files.get(book);
  if (file === undefined) {
    throw new Fault('usage', `there is no rehearsal of ${book}`, {
      hint: `there are: ${[...files.keys()].join(', ')}; one of your own: runbooks/rehearsals/${book}.yaml, written as a drill`,
    });
  }
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable('the rehearsal', file, error, `those at hand: ${[...files.keys()].join(', ')}`);
  });
  const story = checked(readDrill(text, file, catalogue));
  const params = pairs(given, '-p');
  return {
    ...story,
    acts: story.acts.map(act => {
      const { runbook } = act;
      const here = runbook.name === book ? { ...runbook, params: { ...runbook.params, ...params } } : runbook;
      return { ...act, runbook: here, proof: { ...act.proof, timeline: relative(act.proof.timeline) } };
    }),
  };
}

type Timeline = Act['proof']['timeline'];

/** A copy begins on whichever timeline its source was on, and not on 1 as the cluster of a drill does. */
function relative({ before, after, raised }: Timeline): Timeline {
  const by = before === undefined || after === undefined ? undefined : after - before;
  return { before: undefined, after: undefined, raised: raised ?? by };
}

/** What the cluster itself is held to counts, not what the story says. */
export const heldTo = (story: Drill, { objective }: Cluster): Drill => ({
  ...story,
  objective: { ...story.objective, rto: objective.rto ?? story.objective.rto },
});

/** Also a drill that is named like its book; a rehearsal hides it, and those of this folder hide the ones that ship. */
async function storyFiles(terminal: Terminal): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  const roots = [packageFolder(), terminal.cwd].map(root => join(root, 'runbooks'));
  const books = await bookFiles(terminal);
  for (const folder of ['drills', 'rehearsals'].flatMap(kind => roots.map(root => join(root, kind)))) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter(one => one.endsWith('.yaml')).sort())
      if (books.has(basename(name, '.yaml'))) files.set(basename(name, '.yaml'), join(folder, name));
  }
  return files;
}
