// What main.ts hands to whoever adds commands.

import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

export interface Front {
  readonly terminal: Terminal;
  /** Adds --inventory and --cluster. */
  readonly inventory: (command: Command) => Command;
  /** Makes an action whose result is the exit code. */
  readonly coded: (act: (...words: never[]) => Promise<number>) => (...words: unknown[]) => Promise<void>;
}
