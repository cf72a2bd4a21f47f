// lifeboat show: one book, step by step; with --paper as instructions that a person can carry out by hand.

import { checks } from '../checks/index.ts';
import { paper } from '../report/paper.ts';
import { loadBook } from './books.ts';
import type { RunCommandOptions } from './options.ts';
import { prepare } from './prepare.ts';
import type { Terminal } from './terminal.ts';

interface ShowOptions extends RunCommandOptions {
  readonly paper?: boolean;
}

export async function show(terminal: Terminal, name: string, options: ShowOptions): Promise<number> {
  if (options.paper === true) return onPaper(terminal, name, options);
  const { title, description, roles, params, steps, file } = await loadBook(terminal, name);
  terminal.out(`${name}: ${title}\n`);
  if (description !== undefined) terminal.out(`\n${wrap(description.trim(), terminal.width)}\n`);
  terminal.out(`\nroles: ${roles.join(', ')}      file: ${file}\n`);
  if (Object.keys(params).length > 0) terminal.out('\nparameters (-p name=value):\n');
  for (const [param, it] of Object.entries(params)) {
    const value = it.default === undefined ? 'required' : `default ${it.default === '' ? "''" : String(it.default)}`;
    terminal.out(`  ${param} (${it.type}, ${value})\n`);
    if (it.description !== undefined) terminal.out(`${wrap(it.description, terminal.width, '      ')}\n`);
  }
  terminal.out('\nsteps:\n');
  const width = Math.max(...steps.map(({ id }) => id.length));
  for (const [i, step] of steps.entries()) {
    terminal.out(`${String(i + 1).padStart(3)} ${step.id.padEnd(width)}  ${step.title} (${step.action})\n`);
  }
  terminal.err(
    `\nWhat it would do now: lifeboat run ${name} --dry-run\nTo carry it out by hand: lifeboat show ${name} --paper\n`,
  );
  return 0;
}

/** Hosts and commands are those of now, so the servers are looked at. */
async function onPaper(terminal: Terminal, name: string, options: RunCommandOptions): Promise<number> {
  const prepared = await prepare(terminal, name, options);
  try {
    const { book, plan } = await prepared.plan(prepared.told);
    terminal.out(
      `${paper(plan, { cluster: book.cluster, checks }, { width: terminal.width, colour: terminal.colour })}\n`,
    );
    return 0;
  } finally {
    await prepared.site.close();
  }
}

function wrap(text: string, width: number, indent = ''): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(/\s+/)) {
    if (line !== indent && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
    }
    line += line === indent ? word : ` ${word}`;
  }
  return [...lines, line].join('\n');
}
