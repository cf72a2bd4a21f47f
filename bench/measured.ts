// A command with what it cost: time on the clock, time of processors, the most memory that it and its children had at once.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { RunAs } from '../src/drivers/process.ts';

export interface Cost {
  /** Seconds. */
  readonly wall: number;
  /** Seconds of processor, user and system, children included. */
  readonly processor: number;
  /** Bytes of proportional memory of the whole family, at its worst as seen every 20 ms. */
  readonly memory: number;
}

/** Rejects where it does not end with 0. bash counts the time of everything that it waited for. */
export async function measured(
  argv: readonly string[],
  options: { readonly as?: RunAs | undefined; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Cost> {
  const child = spawn('bash', ['-c', 'TIMEFORMAT="cost %R %U %S"; time "$@"', 'measured', ...argv], {
    // Where a machine names certificates of its own, Node reads all of them at every start: 80 ms that a database host does not have.
    env: { ...process.env, NODE_EXTRA_CA_CERTS: undefined, ...options.env },
    ...options.as,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  let memory = 0;
  const watch = setInterval(() => (memory = Math.max(memory, familyMemory(child.pid ?? 0))), 20);
  const code = await new Promise<number | null>(resolve => child.once('close', resolve));
  clearInterval(watch);
  const [, wall, user, system] = /^cost (\S+) (\S+) (\S+)$/m.exec(said) ?? [];
  if (code !== 0 || wall === undefined) throw new Error(`${argv.join(' ')}: exit ${String(code)}\n${said}`);
  return { wall: Number(wall), processor: Number(user) + Number(system), memory };
}

function familyMemory(pid: number): number {
  let sum = 0;
  for (const one of [pid, ...children(pid)]) {
    const text = read(`/proc/${String(one)}/smaps_rollup`);
    sum += Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
  }
  return sum;
}

function children(pid: number): number[] {
  const own = read(`/proc/${String(pid)}/task/${String(pid)}/children`)
    .split(' ')
    .filter(Boolean)
    .map(Number);
  return own.flatMap(child => [child, ...children(child)]);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
