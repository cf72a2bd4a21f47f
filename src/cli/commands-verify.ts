// The commands that prove what is kept and check that it goes on being kept, and their options.

import { type Command, Option } from 'commander';
import type { Front } from './front.ts';

export function addVerify(program: Command, { terminal, inventory, coded }: Front): void {
  const json = (): Option => new Option('--json', 'JSON on standard output');
  inventory(program.command('verify').argument('[ids...]', 'ids of backups; everything of the cluster where absent'))
    .description('reads every block and all WAL in the repository and proves that it is what was put there')
    .option('--sample <share>', 'only so much of it: 5%; the next time another 5%, until all was read')
    .option('--restore', 'restores the newest backup, or those named, on this machine, starts it and checks it')
    .option('--scratch <directory>', 'where it is restored to and removed again; that for temporary files where absent')
    .option('--bin <directory>', 'where the programs of PostgreSQL lie')
    .addOption(json())
    .addHelpText(
      'after',
      '\n--restore: up to where the backup is consistent; pg_verifybackup, a server that only this machine reaches, pg_amcheck.\nExit status: 0 all is well; 4 damage: each object, the backups that it spoils, and what cannot be reached any more; 130 interrupted.',
    )
    .action(
      coded(async (ids: string[], options: object) =>
        (await import('./verify.ts')).verifyCommand(terminal, ids, options),
      ),
    );

  inventory(program.command('check'))
    .description('whether backups and WAL go on being kept: each point OK or FAILED, with what to do')
    .addOption(json())
    .addHelpText('after', '\nExit status: 0 all OK; 4 something FAILED. For monitoring.')
    .action(coded(async (options: object) => (await import('./check.ts')).check(terminal, options)));
}
