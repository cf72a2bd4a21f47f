// Programs on this machine: run to their end with a deadline, or left running beside us.

import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { execa, type Options } from 'execa';
import type { Duration } from '../time.ts';

/** Whom a program runs as: PostgreSQL refuses to run as root. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

export interface RunOptions {
  readonly as?: RunAs | undefined;
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly within: Duration;
}

export interface Ended {
  /** Null where it did not end by itself: killed by a signal, past its deadline, or never started. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** One line for people: how it ended. */
  readonly how: string;
}

/** Runs a program to its end. Never rejects: what could not be started has code null and says why in `how`. */
export async function run(argv: readonly string[], options: RunOptions): Promise<Ended> {
  const [program = '', ...args] = argv;
  const ended = await execa(program, args, {
    ...common(options),
    ...(options.stdin === undefined ? { stdin: 'ignore' } : { input: options.stdin }),
    timeout: options.within,
    killSignal: 'SIGKILL',
    maxBuffer: 16 * 1024 * 1024,
  });
  return {
    code: ended.exitCode ?? null,
    stdout: typeof ended.stdout === 'string' ? ended.stdout : '',
    stderr: typeof ended.stderr === 'string' ? ended.stderr : '',
    how: ended.shortMessage ?? 'ended with 0',
  };
}

export interface Background {
  readonly pid: number | undefined;
  /** Settles at its end, however it ends; never rejects. */
  readonly ended: Promise<Ended>;
  kill(signal?: NodeJS.Signals): void;
}

/**
 * Leaves a program running; it is killed when this process ends in good order. `onLine` gets each line of its output as it
 * comes, and nothing of it is kept then; without it the output is dropped, for a pipe nobody reads stops the writer.
 */
export function background(
  argv: readonly string[],
  options: Omit<RunOptions, 'within'> & { readonly onLine?: (line: string) => void },
): Background {
  const [program = '', ...args] = argv;
  const child = execa(program, args, {
    ...common(options),
    stdin: 'ignore',
    stdout: options.onLine === undefined ? 'ignore' : 'pipe',
    stderr: 'pipe',
    buffer: { stdout: false, stderr: true },
    maxBuffer: 64 * 1024,
  });
  if (options.onLine !== undefined) readLines(child.stdout, options.onLine);
  const ended = child.then(({ exitCode, stderr, shortMessage }) => ({
    code: exitCode ?? null,
    stdout: '',
    stderr: typeof stderr === 'string' ? stderr : '',
    how: shortMessage ?? 'ended with 0',
  }));
  return { pid: child.pid, ended, kill: (signal = 'SIGKILL') => void child.kill(signal) };
}

/** Starts a program that outlives this process unless it is killed; what it says goes to the file `log`, or nowhere. */
export function leave(
  argv: readonly string[],
  options: Pick<RunOptions, 'as' | 'env'> & { readonly log?: string },
): Background {
  const [program = '', ...args] = argv;
  const { cwd, env, ...who } = common(options);
  const log = options.log === undefined ? undefined : openSync(options.log, 'a', 0o600);
  try {
    const child = spawn(program, args, {
      ...who,
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', log ?? 'ignore', log ?? 'ignore'],
      detached: true,
    });
    child.unref();
    const ended = new Promise<Ended>(resolve => {
      const end = (code: number | null, how: string): void => resolve({ code, stdout: '', stderr: '', how });
      child.once('error', error => end(null, error.message));
      child.once('close', (code, signal) => end(code, signal ?? `ended with ${String(code)}`));
    });
    return { pid: child.pid, ended, kill: (signal = 'SIGKILL') => void child.kill(signal) };
  } finally {
    if (log !== undefined) closeSync(log);
  }
}

function common({ as, cwd, env }: Omit<RunOptions, 'within' | 'stdin'>) {
  return {
    reject: false,
    ...(as !== undefined && { uid: as.uid, gid: as.gid }),
    // Root's own directory may be closed to the user the program runs as.
    cwd: cwd ?? '/',
    env: { ...env, LC_ALL: 'C' },
  } satisfies Options;
}

function readLines(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}
