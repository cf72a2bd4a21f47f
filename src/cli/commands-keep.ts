// The commands about how long backups are kept, and their options.

import { type Command, Option } from 'commander';
import type { Front } from './front.ts';

export function addKeep(program: Command, { terminal, inventory, coded }: Front): void {
  const json = (): Option => new Option('--json', 'JSON on standard output');
  inventory(program.command('expire'))
    .description('lets go of backups that retention does not ask for, and of the WAL that nobody needs any more')
    .option('-n, --dry-run', 'says what would go and why, and changes nothing')
    .option(
      '--window <duration>',
      'back to any moment of this long until now: 7d; with --redundancy instead of that of the inventory',
    )
    .option('--redundancy <n>', 'this many of the newest backups')
    .addOption(json())
    .addHelpText(
      'after',
      '\nA backup goes when neither window nor redundancy needs it. The last one that can be restored stays, as do those marked\nby "lifeboat keep" and those in use. Exit status: 0 done; 4 refused; 6 another expire is at work.',
    )
    .action(coded(async (options: object) => (await import('./expire.ts')).expireBackups(terminal, options)));

  inventory(program.command('keep').argument('<id>', 'id of a backup, its beginning or end, or "last"'))
    .description('keeps a backup whatever the retention says')
    .option('--reason <text>', 'why, for whoever comes across it')
    .addOption(json())
    .action(coded(async (id: string, options: object) => (await import('./keep.ts')).keep(terminal, id, options)));

  inventory(program.command('release').argument('<id>', 'id of a backup, its beginning or end, or "last"'))
    .description('lets the retention have a backup again')
    .addOption(json())
    .action(coded(async (id: string, options: object) => (await import('./keep.ts')).release(terminal, id, options)));
}
