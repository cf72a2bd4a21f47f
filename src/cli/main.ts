// The front door: which command, and its options. Each command is loaded when it is called.

import { Option } from 'commander';
import { addRepoCommands } from './commands-repo.ts';
import { frontDoor } from './front-door.ts';

const { program, enter, ...front } = frontDoor();
const { terminal, inventory, coded } = front;
const collect = (word: string, before: readonly string[] = []): string[] => [...before, word];
const json = (): Option => new Option('--json', 'JSON on standard output');

program
  .command('list')
  .description('the runbooks at hand')
  .addOption(json())
  .action(coded(async (options: { json?: boolean }) => (await import('./list.ts')).list(terminal, options)));

inventory(program.command('show').argument('<book>', 'name or file of a runbook'))
  .description('one runbook, step by step')
  .option('--paper', 'as instructions to carry out by hand, hosts and commands resolved')
  .option('-p, --param <name=value>', 'a parameter', collect)
  .option('--bind <role=node>', 'which node plays a role', collect)
  .action(coded(async (book: string, options: object) => (await import('./show.ts')).show(terminal, book, options)));

inventory(
  program.command('validate').argument('[files...]', 'runbooks, inventories, drills; all at hand where none is named'),
)
  .description('checks files; every mistake with line and column')
  .action(
    coded(async (files: string[], options: object) =>
      (await import('./validate.ts')).validate(terminal, files, options),
    ),
  );

inventory(program.command('run').argument('<book>', 'name or file of a runbook'))
  .description('carries out a runbook')
  .option('-p, --param <name=value>', 'a parameter', collect)
  .option('--method <method>', 'short for -p method=…: of rejoin cheapest, follow, rewind or rebuild')
  .option('--bind <role=node>', 'which node plays a role', collect)
  .option('-n, --dry-run', 'shows what would be done, and changes nothing')
  .option('--plan <fingerprint>', 'the plan that was shown; any other is refused')
  .option('-y, --yes', 'answers yes, except where data would be lost beyond the budget')
  .option('--accept-loss <size>', 'how much may be lost: 12MB, or "unknown"')
  .option('--accept-unfenced <node>', 'this node is off, and you know it: it cannot be asked', collect)
  .option('--take-over-lock', 'replaces the lock of a run that is gone')
  .addOption(json())
  .action(coded(async (book: string, options: object) => (await import('./run.ts')).run(terminal, book, options)));

program
  .command('resume')
  .argument('<run>', 'id of a run, its beginning or end, or "last"')
  .description('goes on with a run that was cut off')
  .option('-y, --yes', 'answers yes, except where data would be lost beyond the budget')
  .option('--accept-loss <size>', 'how much may be lost: 12MB, or "unknown"')
  .option('--accept-unfenced <node>', 'this node is off, and you know it', collect)
  .option('--take-over-lock', 'replaces the lock of a run that is gone')
  .addOption(json())
  .action(coded(async (run: string, options: object) => (await import('./resume.ts')).resume(terminal, run, options)));

program
  .command('undo')
  .argument('<run>', 'id of a run, its beginning or end, or "last"')
  .description('takes back what a run did, down to its commit point')
  .option('-n, --dry-run', 'shows what would be taken back')
  .option('-y, --yes', 'does not ask')
  .option('--take-over-lock', 'replaces the lock of a run that is gone')
  .addOption(json())
  .action(coded(async (run: string, options: object) => (await import('./undo.ts')).undo(terminal, run, options)));

program
  .command('runs')
  .description('the runs that this machine remembers')
  .addOption(json())
  .action(coded(async (options: { json?: boolean }) => (await import('./runs.ts')).runs(terminal, options)));

program
  .command('report')
  .argument('<run>', 'id of a run, its beginning or end, or "last"')
  .description('what a run did and found')
  .addOption(new Option('--format <format>', 'how').choices(['text', 'json', 'html', 'junit', 'md']).default('text'))
  .action(
    coded(async (run: string, options: { format: string }) =>
      (await import('./report.ts')).report(terminal, run, options),
    ),
  );

inventory(program.command('status'))
  .description('the nodes: role, timeline, LSN, lag')
  .addOption(json())
  .action(coded(async (options: object) => (await import('./status.ts')).status(terminal, options)));

inventory(program.command('timelines'))
  .description(
    'one tree: who is on which timeline, where each forked off, what lies beyond a fork or belongs to nobody',
  )
  .addOption(json())
  .action(coded(async (options: object) => (await import('./timelines.ts')).timelines(terminal, options)));

inventory(program.command('watch'))
  .description('pg_isready of every node by itself, by each other and from here, again and again')
  .option('--once', 'one look: asks everyone once and says what it heard')
  .option('--interval <duration>', 'how often; that of the inventory, or 10s, where absent')
  .option(
    '--until <state>',
    'ends when it is so: healthy, degraded, primary-rejecting, primary-down, two-primaries, or NODE=STATE with up, starting, recovering, shutting-down, rejecting, down',
  )
  .option('--timeout <duration>', 'how long to watch; exit 4 where --until did not come true by then')
  .addOption(json())
  .addHelpText(
    'after',
    '\nExit codes: 0 the state came, or none was asked for; 4 it did not; 130 interrupted before it came.',
  )
  .action(coded(async (options: object) => (await import('./watch.ts')).watch(terminal, options)));

inventory(program.command('triage'))
  .description('what is wrong, with evidence; which book to run, and what it would cost')
  .addOption(json())
  .addHelpText('after', '\nExit status: 0 nothing to do, 4 something was found. Nothing is changed.')
  .action(coded(async (options: object) => (await import('./triage.ts')).triage(terminal, options)));

addRepoCommands(program, front);

program
  .command('drill')
  .argument('[drills...]', 'names or files of drills; all where none is named and --all is given')
  .description('breaks a throw-away cluster under load, carries out a runbook, and proves that it worked')
  .option('--synchronous', 'with synchronous replication')
  .option('--report <directory>', 'writes report.json and junit.xml there')
  .option('--keep', 'leaves the cluster up afterwards')
  .option('--all', 'all drills')
  .addOption(json())
  .action(
    coded(async (drills: string[], options: object) => (await import('./drill.ts')).drill(terminal, drills, options)),
  );

const lab = program.command('lab').description('throw-away clusters on this machine');
lab
  .command('up')
  .description('starts one and leaves it running')
  .option('--nodes <n>', 'how many nodes', '2')
  .option('--synchronous', 'with synchronous replication')
  .option('--cascade <standby=upstream>', 'streams from another standby: node3=node2; again for more', collect)
  .option('--directory <path>', 'where; a new folder of its own where absent')
  .addOption(json())
  .action(coded(async (options: object) => (await import('./lab.ts')).up(terminal, options as never)));
lab
  .command('status')
  .description('the labs that are up')
  .addOption(json())
  .action(coded(async (options: object) => (await import('./lab.ts')).status(terminal, options)));
lab
  .command('break')
  .argument(
    '<fault>',
    'stopped, wal-unwritable, wal-full, wal-corrupt, data-corrupt, data-lost, archive-lost, site-lost, killed, crash-recovery, frozen, host-gone, two-primaries, wrong-timeline, not-a-child, slot-lost, wal-removed, password-wrong, link-cut, replay-paused, standby-behind, table-truncated',
  )
  .description('breaks a node of a lab')
  .option('--on <node>', 'which node; where absent the primary, or the standby where the fault befalls one')
  .option('--lab <path>', 'which lab, where several are up')
  .option('-p, --param <name=value>', 'a parameter of the fault', collect)
  .action(
    coded(async (fault: string, options: object) => (await import('./lab.ts')).breakIt(terminal, fault, options)),
  );
lab
  .command('down')
  .description('stops one and removes it')
  .option('--lab <path>', 'which lab, where several are up')
  .option('--all', 'all of them')
  .action(coded(async (options: object) => (await import('./lab.ts')).down(terminal, options)));

enter();
