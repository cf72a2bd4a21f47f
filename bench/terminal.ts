// The front door's terminal for a benchmark: nothing is shown, and state lies in the lab.

import type { Terminal } from '../src/cli/terminal.ts';

export function benchTerminal(state: string): Terminal {
  return {
    out: () => undefined,
    err: () => undefined,
    env: { ...process.env, XDG_STATE_HOME: state },
    cwd: process.cwd(),
    width: 80,
    colour: false,
    interactive: false,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
