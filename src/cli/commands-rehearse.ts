// The command that rehearses a book on a copy of the cluster, and its options.

import { type Command, Option } from 'commander';
import type { Front } from './front.ts';

const collect = (word: string, before: readonly string[] = []): string[] => [...before, word];

export function addRehearse(program: Command, { terminal, inventory, coded }: Front): void {
  inventory(program.command('rehearse').argument('<book>', 'a runbook'))
    .description('carries a book out on a copy of the cluster, made of its backup on this machine, and measures it')
    .option('-p, --param <name=value>', 'a parameter of the book; again for more', collect)
    .option('--scratch <directory>', 'where the copy is made and removed again; that for temporary files where absent')
    .option('--keep', 'leaves the copy running: lifeboat lab status')
    .addOption(new Option('--json', 'JSON on standard output'))
    .addHelpText(
      'after',
      '\nNothing of the cluster is touched or asked: what in the copy would reach outside is switched off and listed.\nExit status: 0 proven; 13 something was missed, and the copy is kept; 4 refused: no backup, no room, no such PostgreSQL here.',
    )
    .action(
      coded(async (book: string, options: object) => (await import('./rehearse.ts')).rehearse(terminal, book, options)),
    );
}
