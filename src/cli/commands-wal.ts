// lifeboat wal: the commands about WAL, and their options.

import { type Command, Option } from 'commander';
import type { Front } from './front.ts';

export function addWal(program: Command, { terminal, inventory, coded }: Front): void {
  const wal = program.command('wal').description('WAL in the repository: bringing it in, giving it out, looking at it');
  const json = (): Option => new Option('--json', 'JSON on standard output');
  const onHost = (command: Command): Command =>
    inventory(command)
      .option('--repository <directory>', 'the repository itself, with --cluster: then no inventory is needed')
      .option('--identity <file>', 'the identity that opens it, where it is encrypted')
      .option('--passphrase-file <file>', 'a file whose first line is the passphrase that opens it');
  const told = exitsForRecovery();

  inventory(wal.command('receive'))
    .description('keeps the WAL as it is written, from whoever is the primary, until it is told to stop')
    .option('--all', 'every cluster of the inventory that has a repository')
    .option(
      '--slot <name>',
      'replication slot, and name for synchronous_standby_names; that of the inventory where absent',
    )
    .option('--create-slot', 'makes the slot where it is missing, also on a new primary')
    .option('--synchronous', 'says so where no commit waits for it')
    .option('--once', 'up to where the primary is now; the first trouble is the last')
    .option('--until <lsn>', 'leaves when everything before it is kept')
    .addOption(json())
    .addHelpText(
      'after',
      '\nExit status: 0 stopped (SIGTERM, Ctrl-C) or done, everything acknowledged is durable; 4 refused; 6 another one receives; 10 WAL was missed.',
    )
    .action(coded(async (options: object) => (await import('./wal-receive.ts')).walReceive(terminal, options)));

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

  inventory(wal.command('switch'))
    .description('ends the current segment on the primary, and waits until it is kept')
    .option('--timeout <duration>', 'how long to wait', '60s')
    .addOption(json())
    .action(coded(async (options: object) => (await import('./wal-switch.ts')).walSwitch(terminal, options)));

  inventory(wal.command('status'))
    .description('which WAL is kept, what is missing, who brings it, what the slot holds back')
    .addOption(json())
    .addHelpText('after', '\nExit status: 0; 4 some is missing in between.')
    .action(coded(async (options: object) => (await import('./wal-status.ts')).walStatus(terminal, options)));
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
