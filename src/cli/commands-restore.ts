// The command that restores a cluster, and its options.

import { type Command, Option } from 'commander';
import type { Front } from './front.ts';

const collect = (word: string, before: readonly string[] = []): string[] => [...before, word];

export function addRestore(program: Command, { terminal, inventory, coded }: Front): void {
  inventory(program.command('restore'))
    .description('makes a server of a backup and its WAL again: on a node, or in a directory of this machine')
    .option('--backup <id>', 'only from this one; the newest that leads to the target where absent')
    .option('--to-time <time>', 'up to this time, with its zone: "2026-11-21 03:12:44+00"')
    .option('--to-xid <number>', 'up to this transaction')
    .option('--to-lsn <lsn>', 'up to this place of the WAL')
    .option('--to-name <name>', 'up to this restore point')
    .option('--immediate', 'only until the backup is consistent')
    .option('--exclusive', 'up to just before the target, not just after it')
    .option('--timeline <line>', 'current (that of the backup), latest, or a number', 'latest')
    .addOption(
      new Option('--action <action>', 'what the server does at the target').choices(['pause', 'promote', 'shutdown']),
    )
    .option('--on <node>', 'onto this node, where the inventory says')
    .option('--into <directory>', 'into this directory of this machine')
    .option('--as-standby', 'it shall follow the primary of the cluster')
    .option('--tablespace <old=new>', 'puts a tablespace elsewhere', collect)
    .option('--wal-into <directory>', 'pg_wal becomes a link to it')
    .option('--bin <directory>', 'where the programs of PostgreSQL lie')
    .option('-n, --dry-run', 'shows what would be done, and changes nothing')
    .option('-y, --yes', 'does not ask before it writes over data that is there')
    .option('--start', 'starts the server afterwards')
    .addOption(new Option('--json', 'JSON on standard output'))
    .addHelpText(
      'after',
      '\nExit status: 0 restored; 4 refused, nothing was changed; 10 failed half-way: what is there cannot be started, and the same command goes on.',
    )
    .action(coded(async (options: object) => (await import('./restore.ts')).restoreCommand(terminal, options)));
}
