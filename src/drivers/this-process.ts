// This process as others on this machine can tell it from any other, and whether another one still runs.

import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Holder } from '../repo/holder.ts';

export function thisProcess(): Holder {
  return { host: hostname(), place: place(), pid: process.pid, born: bornOf(process.pid) ?? '', gone };
}

/** Two containers may have one name, and each a process 7. */
function place(): string {
  const told = [
    () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    () => readlinkSync('/proc/self/ns/pid').replace(/\D/g, ''),
  ].map(attempt);
  return [hostname(), ...told.filter(word => word !== undefined)].join(' ');
}

function gone(pid: number, born: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, and is another user's.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const now = bornOf(pid);
  return now !== undefined && born !== '' && now !== born;
}

/** Field 22 of /proc/PID/stat, in ticks since the machine was started; the second field may hold anything in parentheses. */
function bornOf(pid: number): string | undefined {
  return attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))
    ?.replace(/^.*\) /s, '')
    .split(' ')[19];
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
