// The command that lists the ways back to a point, and its options.

import { type Command, Option } from 'commander';
import type { Front } from './front.ts';

export function addOptions(program: Command, { terminal, inventory, coded }: Front): void {
  inventory(program.command('options'))
    .description('every way back to a point: whether it can be gone, what is lost, room, time, what to type')
    .option('--to <target>', 'a time with its zone, an LSN, a transaction, or the name of a restore point')
    .option('--to-time <time>', 'this time, with its zone: "2026-11-21 03:12:44+00"')
    .option('--to-lsn <lsn>', 'this place of the WAL')
    .option('--to-xid <number>', 'this transaction')
    .option('--to-name <name>', 'this restore point')
    .option('--exclusive', 'just before the target, not just after it')
    .option('--timeline <line>', 'current (that of the backup), latest, or a number', 'latest')
    .option('--table <name>', 'only this table is needed')
    .option('--into <directory>', 'where a restore beside would go on this machine', 'restored')
    .addOption(new Option('--json', 'JSON on standard output'))
    .addHelpText(
      'after',
      '\nNothing is changed. Exit status: 0 there is a way; 4 there is none, with every reason and the nearest points.',
    )
    .action(coded(async (options: object) => (await import('./routes.ts')).routesCommand(terminal, options as never)));
}
