// lifeboat wal: the commands about WAL, and their options.

import { type Command, Option } from 'commander';
import { addWalFiles, walCommand } from './commands-wal-files.ts';
import type { Front } from './front.ts';

export function addWal(program: Command, front: Front): void {
  const { terminal, inventory, coded } = front;
  const wal = walCommand(program);
  const json = (): Option => new Option('--json', 'JSON on standard output');

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

  addWalFiles(wal, front);

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

  inventory(wal.command('find'))
    .description('which transactions truncated, dropped or changed a table, and how to go back to just before one')
    .option('--table <name>', 'only what was done to this one: NAME, SCHEMA.NAME or its oid')
    .addOption(
      new Option('--op <what>', 'what was done; truncate and drop where absent, and anything with --xid').choices([
        'truncate',
        'drop',
        'delete',
        'update',
        'insert',
        'any',
      ]),
    )
    .option('--between <times...>', 'two times with their zones: committed from the one to the other')
    .option('--xid <number>', 'this transaction; a subtransaction counts as its transaction')
    .option('--database <name>', 'only in this one')
    .option('--least <rows>', 'only where so many rows of a table were changed')
    .addOption(json())
    .addHelpText(
      'after',
      [
        '',
        'It looks at the WAL that is kept, and says up to when that is. Nothing is changed.',
        '  lifeboat wal find --table orders --op delete --least 1000 --between "2026-11-21 16:40+09" "2026-11-21 16:50+09"',
      ].join('\n'),
    )
    .action(coded(async (options: object) => (await import('./wal-find.ts')).walFind(terminal, options)));

  inventory(wal.command('at').argument('[place]', 'a time with its zone, an LSN, or the number of a transaction'))
    .description('a time, an LSN or a transaction, as the other two')
    .option('--points', 'the restore points that have names')
    .addOption(json())
    .addHelpText('after', '\nExit status: 0; 4 the WAL that is kept does not have it.')
    .action(
      coded(async (place: string | undefined, options: object) =>
        (await import('./wal-at.ts')).walAt(terminal, place, options),
      ),
    );
}
