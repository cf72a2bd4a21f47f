// One run's folder: its journal, a copy of runbook and inventory as run, the output of its commands.

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileLedger } from '../drivers/journal-file.ts';
import { type JournalEvent } from '../engine/events.ts';
import { readJournal } from '../engine/journal.ts';
import { Fault } from '../faults.ts';
import type { Ledger } from '../ports.ts';
import { nearest } from '../runbook/nearest.ts';
import { stateDirectory } from './state-directory.ts';
import type { Terminal } from './terminal.ts';

export interface RunDirectory {
  readonly run: string;
  readonly path: string;
}

const runsFolder = (terminal: Terminal): string => join(stateDirectory(terminal), 'runs');

/** `20261121-031244-failover-7c1f`: sorts by time, and can be typed. */
export function newRunId(book: string, now: Date): string {
  const stamp = now.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return `${stamp}-${book.replace(/[^A-Za-z0-9_-]/g, '_')}-${randomBytes(2).toString('hex')}`;
}

export const runDirectory = (terminal: Terminal, run: string): RunDirectory => ({
  run,
  path: join(runsFolder(terminal), run),
});

/** Makes the folder with the copies; the journal comes with the first event. */
export async function createRun(
  terminal: Terminal,
  run: string,
  copies: Readonly<Record<string, string>>,
): Promise<RunDirectory> {
  const directory = runDirectory(terminal, run);
  try {
    await mkdir(directory.path, { recursive: true, mode: 0o700 });
    await Promise.all(Object.entries(copies).map(([name, text]) => writeFile(join(directory.path, name), text)));
  } catch (error) {
    throw new Fault(
      'refused',
      `the journal cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      {
        hint: 'free some space there, or name another place: XDG_STATE_HOME=/other/place lifeboat …',
      },
    );
  }
  return directory;
}

export const journalOf = ({ path }: RunDirectory): Ledger => fileLedger(join(path, 'journal.jsonl'));

/** All runs, the oldest first. */
export async function listRuns(terminal: Terminal): Promise<readonly string[]> {
  const names = await readdir(runsFolder(terminal)).catch(() => []);
  return names.filter(name => /^\d{8}-\d{6}-/.test(name)).sort();
}

/** A run by its id, by the beginning or end of it, or `last`. */
export async function findRun(terminal: Terminal, wanted: string): Promise<RunDirectory> {
  const all = await listRuns(terminal);
  const fits =
    wanted === 'last'
      ? all.slice(-1)
      : all.filter(run => run === wanted || run.startsWith(wanted) || run.endsWith(wanted));
  const [only, ...more] = fits;
  if (only !== undefined && more.length === 0) return runDirectory(terminal, only);
  if (more.length > 0) throw new Fault('usage', `"${wanted}" could be ${fits.join(' or ')}`);
  const close = nearest(wanted, all);
  throw new Fault('usage', `no run "${wanted}"`, {
    hint: close === undefined ? 'lifeboat runs' : `did you mean ${close}? All of them: lifeboat runs`,
  });
}

/** The events as they stand; a process that still runs may add to them. */
export async function eventsOf(directory: RunDirectory): Promise<readonly JournalEvent[]> {
  return readJournal(await journalOf(directory).lines()).events;
}

export const copyOf = ({ path }: RunDirectory, name: string): Promise<string> => readFile(join(path, name), 'utf8');

/**
 * Says that this process carries the run out; refuses where another one that lives does.
 *
 * Two processes that resume one journal would both believe to be its writer; the lock on the nodes knows only the run.
 */
export async function claimRun(directory: RunDirectory): Promise<void> {
  const file = join(directory.path, 'pid');
  const holder = await readFile(file, 'utf8').catch(() => '');
  const [pid = '', started = ''] = holder.trim().split(' ');
  if (pid !== '' && pid !== String(process.pid) && (await startOf(pid)) === started) {
    throw new Fault('locked', `process ${pid} on this machine is carrying out ${directory.run}`, {
      hint: `follow it: lifeboat report ${directory.run}`,
    });
  }
  await writeFile(file, `${String(process.pid)} ${await startOf(String(process.pid))}\n`);
}

/** Start time of a process in clock ticks since boot (proc(5), field 22), so that a reused pid is not taken for the old one. */
async function startOf(pid: string): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
