// lifeboat rehearse: carries a book out on a copy of the cluster that is made of its backup on this machine, measures it, and removes the copy.

import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { type Rehearsal, rehearsalJson, rehearsalText } from '../report/rehearsal-text.ts';
import { onInterrupt } from './interrupt.ts';
import type { InventoryOptions } from './inventory-file.ts';
import { openForCluster } from './open-repository.ts';
import { rehearseBook } from './rehearsal.ts';
import { heldTo, loadStory } from './rehearse-story.ts';
import type { Terminal } from './terminal.ts';

export interface RehearseOptions extends InventoryOptions {
  readonly param?: readonly string[];
  readonly scratch?: string;
  readonly keep?: boolean;
  readonly json?: boolean;
}

/** Exit 0 where all was proven, 13 where something was missed, 4 where it was not begun. */
export async function rehearse(terminal: Terminal, book: string, options: RehearseOptions): Promise<number> {
  const written = await loadStory(terminal, book, options.param);
  const opened = await openForCluster(terminal, options);
  const story = heldTo(written, opened.cluster);
  const parent = resolve(terminal.cwd, options.scratch ?? sandboxParent());
  const interrupt = onInterrupt(text => terminal.err(text), 'stopping; the sandbox is removed');
  try {
    const { stop } = interrupt;
    const keep = options.keep ?? false;
    const { rehearsal } = await rehearseBook(terminal, { opened, book, story, parent, keep, stop });
    show(terminal, rehearsal, options);
    return rehearsal.drill.exitCode;
  } finally {
    interrupt.close();
  }
}

/** Where copies are made unless somebody names another place. */
export const sandboxParent = (): string => process.env['LIFEBOAT_TEST_ROOT'] ?? tmpdir();

function show(terminal: Terminal, rehearsal: Rehearsal, { json }: RehearseOptions): void {
  if (json === true) terminal.out(`${JSON.stringify(rehearsalJson(rehearsal))}\n`);
  else terminal.out(`${rehearsalText(rehearsal, { width: terminal.width, colour: terminal.colour })}\n`);
}
