// The command as a user runs it: a process of its own, with its own state directory.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The command itself. */
export const program = fileURLToPath(new URL('../../bin/lifeboat.js', import.meta.url));

export interface Said {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Event {
  readonly e: string;
  readonly step?: string;
  readonly [key: string]: unknown;
}

/** A machine that Lifeboat runs on: a state directory and a folder to stand in. */
export class Machine {
  readonly state = mkdtempSync(join(process.env['LIFEBOAT_TEST_ROOT'] ?? tmpdir(), 'machine-'));
  readonly #env: NodeJS.ProcessEnv;

  constructor(
    readonly inventory: string,
    env: NodeJS.ProcessEnv = {},
    /** Programs that it is started through, such as one that enters a network namespace. */
    readonly through: readonly string[] = [],
  ) {
    this.#env = { ...process.env, ...env, XDG_STATE_HOME: this.state, LIFEBOAT_INVENTORY: inventory, NO_COLOR: '1' };
  }

  run(...args: string[]): Promise<Said> {
    return this.start(args).ended;
  }

  /** Runs it with --json and calls back at each event, with the process to do harm to. */
  start(
    args: readonly string[],
    onEvent?: (event: Event, child: ChildProcess) => void,
  ): { readonly child: ChildProcess; readonly ended: Promise<Said> } {
    const [first, ...rest] = [...this.through, process.execPath, program, ...args];
    const child = spawn(first!, rest, {
      cwd: this.state,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (piece: Buffer) => (stdout += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()));
    if (onEvent) createInterface({ input: child.stdout }).on('line', line => onEvent(JSON.parse(line) as Event, child));
    const ended = new Promise<Said>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    });
    return { child, ended };
  }

  /** The run directory of a run. */
  runDirectory(run: string): string {
    return join(this.state, 'lifeboat', 'runs', run);
  }

  journal(run: string): Event[] {
    return readFileSync(join(this.runDirectory(run), 'journal.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Event);
  }

  remove(): void {
    rmSync(this.state, { recursive: true, force: true });
  }
}
