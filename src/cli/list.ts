// lifeboat list: the runbooks at hand.

import { Fault } from '../faults.ts';
import { bookFiles, loadBook } from './books.ts';
import type { Terminal } from './terminal.ts';

export async function list(terminal: Terminal, options: { readonly json?: boolean }): Promise<number> {
  const rows: { name: string; title: string; roles: readonly string[]; file: string }[] = [];
  for (const [name, file] of await bookFiles(terminal)) {
    try {
      const { title, roles } = await loadBook(terminal, name);
      rows.push({ name, title, roles, file });
    } catch (error) {
      // One broken book must not hide the others.
      if (!(error instanceof Fault)) throw error;
      rows.push({ name, title: 'has mistakes; see: lifeboat validate', roles: [], file });
    }
  }
  if (options.json) terminal.out(`${JSON.stringify(rows)}\n`);
  else {
    const width = Math.max(...rows.map(({ name }) => name.length));
    for (const { name, title } of rows) terminal.out(`${name.padEnd(width)}  ${title}\n`);
    terminal.err('\nOne in full: lifeboat show BOOK      What it would do now: lifeboat run BOOK --dry-run\n');
  }
  return 0;
}
