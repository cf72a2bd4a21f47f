// The survey script's answer as values.

import type { LockSeen, PathState, Survey } from '../ports.ts';
import { parseControlData } from '../postgres/control-data.ts';
import { fenceReason } from '../postgres/fence.ts';
import { readinessOf } from '../postgres/isready.ts';
import { bytes, instant, ms } from '../time.ts';
import { type Section, sections } from './frames.ts';

export type ShellSurvey = Omit<Survey, 'hostKey' | 'server'>;

/** Undefined where the answer is not whole. */
export function readSurvey(output: Buffer, mark: string): ShellSurvey | undefined {
  const [rest, ready] = withoutReady(output, mark);
  const found = sections(rest, mark);
  const one = (name: string): Section | undefined => found.find(section => section.name === name);
  if (!one('end')) return undefined;
  const [pid = 0, started = 0] = (one('postmaster')?.words ?? '').split('@').map(Number);
  const log = /^(\d+) (\d+) (.+)$/.exec(one('log')?.words ?? '');
  const free = freeSpace(one('free')?.text ?? '');
  return {
    at: instant(new Date(Number(one('at')?.words) * 1000)),
    processes: found.filter(({ name }) => name === 'process').map(({ words }) => processOf(words)),
    postmaster: started > 0 ? { pid, started } : null,
    data: (one('data')?.words ?? 'absent') as PathState,
    control: parseControlData(one('control')?.text ?? '') ?? null,
    standbySignal: one('standby') !== undefined,
    fence: fenceReason(one('fence')?.words ?? '') ?? null,
    ready: readinessOf(ready) ?? 'no-attempt',
    log: log ? { inode: Number(log[1]), offset: Number(log[2]), file: log[3] ?? '' } : null,
    walWritable: one('walwritable') !== undefined,
    free: { data: free[0] ?? bytes(0), wal: free[1] ?? free[0] ?? bytes(0) },
    lock: readLock(one('lock')) ?? null,
  };
}

/** pg_isready is asked beside the rest, and its line falls wherever it comes: in the midst of a section, or of a line in it. */
function withoutReady(output: Buffer, mark: string): [Buffer, number] {
  const begin = output.indexOf(`\n@${mark} ready `);
  const end = output.indexOf('\n', begin + 1) + 1;
  if (begin < 0 || end === 0) return [output, -1];
  const code = Number(output.toString('latin1', begin, end).trim().split(' ').at(-1));
  return [Buffer.concat([output.subarray(0, begin), output.subarray(end)]), code];
}

/** A lock as `show_lock` prints it: now and the last heartbeat on the line, then `key=value`. */
export function readLock(section: Section | undefined): LockSeen | undefined {
  if (!section) return undefined;
  const [now = 0, since = 0] = section.words.split(' ').map(Number);
  const values = new Map(section.text.split('\n').map(line => [line.split('=', 1)[0], line.replace(/^[^=]*=/, '')]));
  const token = values.get('token');
  if (token === undefined) return undefined;
  return {
    token,
    run: values.get('run') ?? '',
    owner: values.get('owner') ?? '',
    pid: Number(values.get('pid')),
    book: values.get('book') ?? '',
    age: ms(Math.max(0, Math.round((now - since) * 1000))),
  };
}

function processOf(words: string): Survey['processes'][number] {
  const [, pid = '', state = '', command = ''] = /^(\d+) (\S+) ?(.*)$/.exec(words) ?? [];
  return { pid: Number(pid), state, command: command.trim() };
}

/** `df -Pk`: a headline, then for each file system its name, blocks, used, free, capacity, mount point; a name may hold blanks. */
function freeSpace(text: string) {
  return [...text.matchAll(/ \d+ +\d+ +(-?\d+) +\d+% /g)].map(([, free]) => bytes(Number(free) * 1024));
}
