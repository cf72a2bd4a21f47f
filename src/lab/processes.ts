// Which processes belong to a lab or to one of its nodes: found in /proc, also those that have lost their parent.

import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Set for everything a lab starts, with the node's directory; what runs in its SSH sessions inherits it. */
export const markOfLab = 'LIFEBOAT_LAB';

export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** One letter, as in ps: R, S, D, T (stopped), Z. */
  readonly state: string;
  /** Clock ticks from boot to its start: with the pid, a name that is never used again. */
  readonly started: number;
  readonly command: string;
}

/**
 * The living processes of a directory. PostgreSQL's overwrite their environment for the title that ps shows, so they are
 * known by their working directory; sshd by its command line; everything else by the mark; and all their descendants.
 * An editor or a pager that merely has a file of the lab open is none of them.
 */
export function processesOf(directory: string): Process[] {
  const all = allProcesses();
  const own = new Set(all.filter(it => belongs(it, directory)).map(({ pid }) => pid));
  for (let grown = true; grown;) {
    const children = all.filter(({ pid, parent }) => own.has(parent) && !own.has(pid));
    for (const { pid } of children) own.add(pid);
    grown = children.length > 0;
  }
  return all.filter(({ pid, state }) => own.has(pid) && pid !== process.pid && state !== 'Z');
}

/** The process of this pid, unless it is gone or a zombie. */
export function livingProcess(pid: number): Process | undefined {
  const found = readProcess(pid);
  return found === undefined || found.state === 'Z' ? undefined : found;
}

/** Whether a process of this pid has ended and was not yet fetched by its parent. To a signal it still answers as if it lived. */
export const isZombie = (pid: number): boolean => readProcess(pid)?.state === 'Z';

/**
 * Ends all processes of a directory at once: first every one is stopped, so that none sees another die and writes about it,
 * as in a power cut. Returns those that are still there at the deadline.
 */
export async function killAll(directory: string, within = 10_000): Promise<Process[]> {
  const deadline = performance.now() + within;
  const ending = new Map<number, Process>();
  for (;;) {
    const found = processesOf(directory);
    for (const { pid } of found) signal(pid, 'SIGSTOP');
    // What was forked between the look and the signal.
    const late = processesOf(directory);
    for (const it of [...found, ...late]) {
      signal(it.pid, 'SIGKILL');
      ending.set(it.pid, it);
    }
    // One that is giving back its memory shows nothing to be known by any more, and is still attached to shared memory.
    const unfinished = [...ending.values()].filter(it => livingProcess(it.pid)?.started === it.started);
    const left = unfinished.length > 0 ? unfinished : processesOf(directory);
    if (left.length === 0 || performance.now() > deadline) return left;
    await sleep(10);
  }
}

/** False where there is no such process. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

function belongs({ pid, command }: Process, directory: string): boolean {
  const within = (path: string) => path === directory || path.startsWith(`${directory}/`);
  if (within(markIn(pid))) return true;
  // A process may hide these links, as sshd does, and one that is ending has none.
  const program = basename(link(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, ''));
  if (program === 'postgres') return within(link(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, ''));
  return /^sshd(-\w+)?:? /.test(command.replace(/^\S*\//, '')) && command.includes(`${directory}/`);
}

function markIn(pid: number): string {
  const entry = read(`/proc/${pid}/environ`)
    .split('\0')
    .find(it => it.startsWith(`${markOfLab}=`));
  return entry?.slice(markOfLab.length + 1) ?? '';
}

function allProcesses(): Process[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(name => readProcess(Number(name)))
    .filter(it => it !== undefined);
}

function readProcess(pid: number): Process | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The name, in parentheses, may hold blanks and parentheses itself (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent] = fields;
  if (state === undefined || parent === undefined) return undefined;
  const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
  return { pid, parent: Number(parent), state, started: Number(fields[19]), command };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
