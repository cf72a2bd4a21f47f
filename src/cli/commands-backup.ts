// The commands about base backups, and their options.

import { type Command, Option } from 'commander';
import type { Front } from './front.ts';

export function addBackup(program: Command, { terminal, inventory, coded }: Front): void {
  const json = (): Option => new Option('--json', 'JSON on standard output');
  // `backup show ID --json`: an option behind a subcommand is the subcommand's.
  const backup = program.enablePositionalOptions().command('backup').enablePositionalOptions();
  inventory(backup)
    .description('takes a base backup into the repository, with the WAL that it needs')
    .option('--from <node>', 'primary, standby or a node; that of the inventory where absent')
    .addOption(
      new Option('--checkpoint <how>', 'at once, or spread over minutes').choices(['fast', 'spread']).default('fast'),
    )
    .option('--rate <size>', 'reads no more than this per second: 50MB')
    .option('--label <text>', 'what backup_label and the list of backups call it')
    .option('--no-wait', 'does not wait until its WAL is kept: a receiver or the archive brings it')
    .addOption(
      new Option('--compress <how>', 'on the server, where the link is slow').choices(['none', 'gzip']).default('none'),
    )
    .addOption(json())
    .addHelpText(
      'after',
      '\nExit status: 0 it can be restored; 10 its page checksums failed, and it is kept for inspection only; 130 interrupted.',
    )
    .action(coded(async (options: object) => (await import('./backup.ts')).backup(terminal, options as never)));

  inventory(backup.command('show').argument('<id>', 'id of a backup, its beginning or end, or "last"'))
    .description('what is known of one backup')
    .addOption(json())
    .action(
      coded(async (id: string, options: object) =>
        (await import('./backup-show.ts')).backupShow(terminal, id, options),
      ),
    );

  inventory(backup.command('files').argument('<id>', 'id of a backup, its beginning or end, or "last"'))
    .description('every file in one backup')
    .addOption(json())
    .action(
      coded(async (id: string, options: object) =>
        (await import('./backup-files.ts')).backupFilesOf(terminal, id, options),
      ),
    );

  inventory(backup.command('delete').argument('<id>', 'id of a backup'))
    .description('deletes one backup; what others need of it stays')
    .option('-n, --dry-run', 'shows what would be deleted')
    .addOption(json())
    .action(
      coded(async (id: string, options: object) =>
        (await import('./backup-delete.ts')).backupDelete(terminal, id, options),
      ),
    );

  inventory(program.command('backups'))
    .description('the backups of a cluster, newest last')
    .addOption(json())
    .action(coded(async (options: object) => (await import('./backups.ts')).backups(terminal, options)));
}
