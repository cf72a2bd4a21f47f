// What every way in has in common: the program without its commands, how they are called, and how an error becomes an exit code.

import { Command, CommanderError } from 'commander';
import { exits, Fault, faultText } from '../faults.ts';
import { Damage } from '../repo/damage.ts';
import type { Front } from './front.ts';
import { processTerminal, type Terminal } from './terminal.ts';

declare const LIFEBOAT_VERSION: string;

export interface FrontDoor extends Front {
  readonly program: Command;
  /** Once its commands are there: does what the command line says. */
  readonly enter: () => void;
}

export function frontDoor(): FrontDoor {
  const terminal = processTerminal();
  const program = new Command('lifeboat')
    .description('Disaster recovery for PostgreSQL as runbooks that run')
    .version(LIFEBOAT_VERSION, '-V, --version')
    .exitOverride()
    .configureOutput({
      writeErr: text => {
        terminal.err(text);
      },
      writeOut: text => {
        terminal.out(text);
      },
      outputError: (text, write) => {
        write(usageText(text));
      },
    });
  return { program, terminal, inventory: withInventory, coded, enter: () => enter(program, terminal) };
}

/** Commander's complaint in the form of ours: a fact, then what to type. */
function usageText(text: string): string {
  const [complaint = '', meant] = text
    .replace(/^error: /, '')
    .trim()
    .split('\n');
  const fact = complaint.replace(/'([^']*)'/g, '"$1"').replace(/\.$/, '');
  const close = /^\(Did you mean (.*)\?\)$/.exec(meant ?? '')?.[1];
  return `lifeboat: ${fact}\nHINT: ${close === undefined ? '' : `did you mean ${close}? `}what there is: lifeboat --help\n`;
}

const withInventory = (command: Command): Command =>
  command
    .option(
      '-i, --inventory <file>',
      'inventory (default: ./lifeboat.yaml, $LIFEBOAT_INVENTORY, /etc/lifeboat/lifeboat.yaml)',
    )
    .option('--cluster <name>', 'which cluster, where the inventory has several');

/** An action's result is the exit code. */
const coded: Front['coded'] =
  act =>
  async (...words) => {
    process.exitCode = await act(...(words as never[]));
  };

function enter(program: Command, terminal: Terminal): void {
  // `lifeboat … | head` closes the pipe before we are done: that is no error of anybody's.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
  program.parseAsync().catch((error: unknown) => {
    process.exitCode = exitOf(error, terminal);
  });
}

/** The one place where an error becomes an exit code. */
function exitOf(error: unknown, terminal: Terminal): number {
  if (error instanceof Fault) {
    terminal.err(`${faultText(error)}\n`);
    return error.exit;
  }
  if (error instanceof Damage) {
    const hint = 'what else is damaged, and which backups it spoils: lifeboat verify';
    terminal.err(`${faultText(new Fault('refused', `damaged in the repository: ${error.message}`, { hint }))}\n`);
    return exits.refused;
  }
  if (error instanceof CommanderError) return error.exitCode === 0 ? exits.ok : exits.usage;
  terminal.err(
    `lifeboat: this is a bug of Lifeboat, not yours; please report it with the lines below\n${stackOf(error)}\n`,
  );
  return exits.bug;
}

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
