// A shell that stands already: scripts are fed to it one after another, each answered between marks that nobody else can have written.

import { randomBytes } from 'node:crypto';
import { PassThrough, type Readable, Writable } from 'node:stream';
import { commandLine } from '../postgres/shell.ts';
import type { Duration } from '../time.ts';
import { Answer } from './answer.ts';
import type { Command, ProcessEnd, Running } from './shell.ts';

/** What to start so that a {@link WarmShell} can be made of it. */
export const warmCommand: Command = { script: 'exec sh', args: [] };

/**
 * A new channel costs sshd a fork, the user's login shell and an sh, which is most of what a short script takes. Here a script
 * costs a fork of an sh, and runs in that subshell with nothing on its stdin: its `exit`, `cd` and variables end with it.
 */
export class WarmShell {
  readonly #running: Running;
  readonly #out: Answer;
  readonly #err: Answer;
  /** Scripts that it knows by now, as functions. */
  readonly #known = new Map<string, string>();
  #gone = false;
  #greeted = false;

  constructor(running: Running) {
    this.#running = running;
    running.stdin.on('error', () => undefined);
    // Between two commands it has nothing to say: what comes was left behind by a script, and might stand in the next answer.
    const spoiled = (): void => this.leave();
    this.#out = new Answer(running.stdout, spoiled);
    this.#err = new Answer(running.stderr, spoiled);
    void running.ended.then(() => (this.#gone = true));
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** Whether it answers at this moment. What a login shell had to say before is heard, and dropped, for the first time that this is asked. */
  async answers(within: Duration): Promise<boolean> {
    if (this.#gone) return false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>(resolve => (timer = setTimeout(resolve, within, false)));
    const [stdout, stderr] = this.#greeted ? [this.#silence(), this.#silence()] : [nowhere(), nowhere()];
    this.#greeted = true;
    const heard = this.#ask(':', stdout, stderr).then(end => end.is === 'ended' && !this.#gone);
    return Promise.race([heard, late]).finally(() => clearTimeout(timer));
  }

  /** One at a time. */
  run({ script, args }: Command): Running {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    let over = false;
    const ended = this.#ask(commandLine([this.#nameOf(script), ...args]), stdout, stderr).then(async end => {
      over = true;
      stdout.end();
      stderr.end();
      await Promise.all([read(stdout), read(stderr)]);
      return end;
    });
    const letGo = (how: () => void): void => {
      if (over) return;
      how();
      stdout.destroy();
      stderr.destroy();
    };
    const [drop, leave] = [() => letGo(() => this.drop()), () => letGo(() => this.leave())];
    return { stdin: nowhere(), stdout, stderr, ended, drop, leave };
  }

  /** It and what runs in it. */
  drop(): void {
    this.#gone = true;
    this.#running.drop();
  }

  /** It ends when it has done what it does. */
  leave(): void {
    this.#gone = true;
    this.#running.stdin.end();
  }

  /** Takes nothing: what comes is of a former script. */
  #silence(): Writable {
    return new Writable({
      write: (_piece, _encoding, done) => {
        this.leave();
        done();
      },
    });
  }

  #nameOf(script: string): string {
    const known = this.#known.get(script);
    if (known !== undefined) return known;
    const name = `lifeboat_${String(this.#known.size)}`;
    // Parsed once. By eval, which refuses half a script, where our own line would wait for the other half.
    this.#running.stdin.write(`${commandLine(['eval', `${name}() {\n${script}\n}`])}\n`);
    this.#known.set(script, name);
    return name;
  }

  #ask(words: string, stdout: Writable, stderr: Writable): Promise<ProcessEnd> {
    // It stands in the text that this shell reads, never in an argument or a variable of what runs.
    const mark = `@${randomBytes(16).toString('hex')}`;
    const both = Promise.all([this.#out.until(mark, stdout), this.#err.until(mark, stderr)]);
    this.#running.stdin.write(`(${words}) </dev/null; printf '\\n${mark} %s\\n' "$?"; printf '\\n${mark} \\n' >&2\n`);
    return both.then(([code]) => (code === undefined ? this.#running.ended : { is: 'ended', code: Number(code) }));
  }
}

const nowhere = (): Writable => new Writable({ write: (_piece, _encoding, done) => done() });

/** Resolves when all of it was read, or will never be. */
function read(stream: Readable): Promise<void> {
  return new Promise(resolve => {
    if (stream.readableEnded || stream.destroyed) resolve();
    stream.once('end', resolve).once('close', resolve);
  });
}
