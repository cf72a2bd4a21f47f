// The person at the terminal, where there is one.

import { terminalPerson } from '../drivers/terminal.ts';
import type { Person } from '../ports.ts';
import type { Terminal } from './terminal.ts';

export const person = (terminal: Terminal): Person | undefined => (terminal.interactive ? terminalPerson() : undefined);
