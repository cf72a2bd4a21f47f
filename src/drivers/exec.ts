// Runs a script to its end on any shell: output collected and capped, a deadline, and an outcome for each way it can go.

import { createWriteStream, type WriteStream } from 'node:fs';
import { Fault } from '../faults.ts';
import { type Bytes, type Duration, ms, showDuration } from '../time.ts';
import { Capped } from './capped.ts';
import type { Command, ProcessEnd, Running, Shell } from './shell.ts';

export interface ExecOptions {
  readonly stdin?: string | Buffer;
  /** For all of it: connection, queue and run. */
  readonly within: Duration;
  /** What becomes of a process that is late: it is killed, with all that runs in its session, or left to come to its end. */
  readonly late?: 'leave';
  /** Of each output, in memory. */
  readonly cap?: Bytes;
  /** A file that gets the whole of stdout. */
  readonly keep?: string;
  readonly onStdout?: (piece: Buffer) => void;
}

export type Done =
  | { readonly is: 'ended'; readonly code: number; readonly stdout: Buffer; readonly stderr: Buffer }
  /** The connection broke in mid-command. */
  | { readonly is: 'cut'; readonly why: string }
  /** The deadline passed while it ran. */
  | { readonly is: 'late'; readonly why: string }
  /** No session could be had: nothing was sent. */
  | { readonly is: 'silent'; readonly why: string; readonly hint?: string };

type Late = Extract<Done, { is: 'late' }>;

/** Never rejects for what the world does. */
export async function exec(shell: Shell, command: Command, options: ExecOptions): Promise<Done> {
  const started = performance.now();
  let running: Running;
  try {
    running = await shell.start(command, options.within);
  } catch (error) {
    return silentBy(error);
  }
  const left = ms(Math.max(1, options.within - (performance.now() - started)));
  return collect(running, left, options);
}

/** A Fault of the connection as a value; any other error is a bug and goes on its way. */
export function silentBy(error: unknown): Extract<Done, { is: 'silent' }> {
  if (!(error instanceof Fault)) throw error;
  return { is: 'silent', why: error.message, ...(error.hint !== undefined && { hint: error.hint }) };
}

async function collect(running: Running, within: Duration, options: ExecOptions): Promise<Done> {
  const [stdout, stderr] = [new Capped(options.cap), new Capped(options.cap)];
  const file = options.keep === undefined ? undefined : createWriteStream(options.keep, { mode: 0o600 });
  running.stdout.on('data', (piece: Buffer) => {
    stdout.add(piece);
    options.onStdout?.(piece);
    if (file?.write(piece) === false) waitForDisk(running, file);
  });
  running.stderr.on('data', (piece: Buffer) => {
    stderr.add(piece);
  });
  running.stdin.end(options.stdin ?? '');

  const end = await beforeDeadline(running.ended, within, options.within);
  if (end.is === 'late') running[options.late ?? 'drop']();
  if (file) await new Promise<void>(resolve => file.end(resolve));
  if (end.is !== 'ended') return end;
  return { is: 'ended', code: end.code, stdout: stdout.take(), stderr: stderr.take() };
}

function waitForDisk(running: Running, file: WriteStream): void {
  running.stdout.pause();
  file.once('drain', () => running.stdout.resume());
}

function beforeDeadline(ended: Promise<ProcessEnd>, left: Duration, within: Duration): Promise<ProcessEnd | Late> {
  return new Promise(resolve => {
    const timer = setTimeout(() => {
      resolve({ is: 'late', why: `no end within ${showDuration(within)}` });
    }, left);
    void ended.then(end => {
      clearTimeout(timer);
      resolve(end);
    });
  });
}
