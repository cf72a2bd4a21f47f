// lifeboat wal push and wal get, which PostgreSQL itself calls, for each file of WAL.

import type { Command } from 'commander';
import type { Front } from './front.ts';

export const walCommand = (program: Command): Command =>
  program.command('wal').description('WAL in the repository: bringing it in, giving it out, looking at it');

export function addWalFiles(wal: Command, { terminal, inventory, coded }: Front): void {
  const onHost = (command: Command): Command =>
    inventory(command)
      .option('--repository <directory>', 'the repository itself, with --cluster: then no inventory is needed')
      .option('--identity <file>', 'the identity that opens it, where it is encrypted')
      .option('--passphrase-file <file>', 'a file whose first line is the passphrase that opens it');
  const told = exitsForRecovery();

  onHost(wal.command('push').argument('<path>', '%p of archive_command'))
    .description('puts one file of WAL into the repository; for archive_command')
    .addHelpText(
      'after',
      [
        '',
        'It runs on the database host as postgres: the repository must be a directory there (mounted, of that user), and lifeboat installed.',
        "  archive_command = 'lifeboat wal push %p --repository /mnt/lifeboat --cluster main'",
        'Exit status: 0 only when it is durable. PostgreSQL tries again after any other.',
      ].join('\n'),
    )
    .action(
      coded(async (path: string, options: object) => (await import('./wal-push.ts')).walPush(terminal, path, options)),
    );

  onHost(wal.command('get').argument('<name>', '%f of restore_command').argument('<to>', '%p of restore_command'))
    .description('gives one file of WAL out of the repository; for restore_command')
    .option('--no-partial', 'does not give the unfinished last segment of a timeline')
    .addHelpText(
      'after',
      '\nExit status: 0 given; 1 there is none; 200 it failed, and recovery stops instead of ending early.',
    )
    .action(
      coded(async (name: string, to: string, options: object) =>
        told((await import('./wal-get.ts')).walGet(terminal, name, to, options as never)),
      ),
    );
}

/**
 * A mistake in restore_command's own text, or a bug of ours, would leave `wal get` with a code that PostgreSQL takes for "there is
 * none", and recovery would end before its time: whatever `wal get` did not say itself is a failure (see wal-get.ts).
 */
function exitsForRecovery(): (code: Promise<number>) => Promise<number> {
  let said: number | undefined;
  const [, , first, second] = process.argv;
  if (first === 'wal' && second === 'get' && !process.argv.includes('--help')) {
    process.on('exit', code => {
      if (code !== said) process.exitCode = 200;
    });
  }
  return async code => (said = await code);
}
