// A person at a terminal, asked line by line.

import { createInterface } from 'node:readline';
import type { Person } from '../ports.ts';

export interface TerminalStreams {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/** Questions go to stderr by default, for stdout is the result. Ctrl-C and the end of input cancel the question. */
export function terminalPerson(
  { input, output }: TerminalStreams = { input: process.stdin, output: process.stderr },
): Person {
  return {
    ask: question =>
      new Promise(resolve => {
        const lines = createInterface({ input, output, terminal: 'isTTY' in input && input.isTTY === true });
        const answer = (text: string | null): void => {
          resolve(text);
          lines.close();
        };
        // The first of these to come counts; a closed interface closes once more without harm.
        lines.once('SIGINT', () => {
          output.write('\n');
          answer(null);
        });
        lines.once('close', () => answer(null));
        lines.question(question, text => answer(text));
      }),
  };
}
