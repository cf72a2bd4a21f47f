// The shell of another machine: one connection, made when first needed and again after a loss, many channels.

import { constants } from 'node:os';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, ClientChannel } from 'ssh2';
import { Fault } from '../faults.ts';
import { commandLine } from '../postgres/shell.ts';
import type { SshTarget } from '../runbook/inventory-types.ts';
import { type Duration, ms, showDuration } from '../time.ts';
import { Places } from './places.ts';
import type { Command, NoSocket, ProcessEnd, Running, Shell } from './shell.ts';
import type { Connection } from './ssh-connect.ts';
import { warmCommand } from './warm-shell.ts';
import { WarmShells } from './warm-shells.ts';

/** sshd's MaxSessions is 10 by default, and the eleventh channel is refused, not queued. One stays free for a person's `ssh -O`. */
const channels = 9;

export function sshShell(target: SshTarget): Shell {
  return new SshShell(target);
}

interface Link extends Connection {
  readonly warm: WarmShells;
}

class SshShell implements Shell {
  readonly #target: SshTarget;
  readonly #places = new Places(channels);
  #connection: Promise<Link> | undefined;
  #failed: { readonly error: unknown; readonly until: number } | undefined;
  readonly #closing = new AbortController();

  constructor(target: SshTarget) {
    this.#target = target;
  }

  async hostKey(within: Duration): Promise<string> {
    return (await this.#connected(within)).hostKey;
  }

  async start(command: Command, within: Duration): Promise<Running> {
    const until = performance.now() + within;
    const link = await this.#connected(within);
    const left = (): Duration => ms(Math.max(1, until - performance.now()));
    const running = command.tidy === true ? await link.warm.start(command, left()) : undefined;
    return running ?? this.#session(link, command, left());
  }

  async #session({ client, warm }: Link, command: Command, within: Duration): Promise<Running> {
    if (!this.#places.free) warm.spare();
    const leave = await this.#places.take(within);
    if (!leave) throw new Fault('unreachable', `${this.#target.host}: no free channel within ${showDuration(within)}`);
    const until = performance.now() + within;
    for (;;) {
      try {
        return await this.#exec(client, command, within, leave);
      } catch (error) {
        // A command that we let go of counts for sshd until it ends, and its MaxSessions may be lower than usual.
        if (!isRefusal(error) || performance.now() > until) {
          leave();
          throw error;
        }
        warm.spare();
        await pause(25);
      }
    }
  }

  /** A session for a shell that stands, which is a comfort: nobody is to wait for its sake. */
  async #free(client: Client, within: Duration): Promise<Running | undefined> {
    const leave = this.#places.free ? await this.#places.take(within) : undefined;
    if (!leave) return undefined;
    try {
      return await this.#exec(client, warmCommand, within, leave);
    } catch (error) {
      leave();
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }

  async #exec(client: Client, { script, args }: Command, within: Duration, leave: () => void): Promise<Running> {
    // The login shell, whichever it is, reads this line and gives way to sh.
    const line = `exec ${commandLine(['sh', '-c', script, 'lifeboat', ...args])}`;
    const running = await this.#open(within, follow, done => client.exec(line, done));
    void running.ended.then(leave);
    return running;
  }

  async openSocket(path: string, within: Duration): Promise<Duplex | NoSocket> {
    const { client } = await this.#connected(within);
    return this.#forward(within, done => client.openssh_forwardOutStreamLocal(path, done));
  }

  async openTcp(host: string, port: number, within: Duration): Promise<Duplex | NoSocket> {
    const { client } = await this.#connected(within);
    return this.#forward(within, done => client.forwardOut('127.0.0.1', 0, host, port, done));
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#closing.abort();
    (await connection?.catch(() => undefined))?.end();
  }

  /** All who ask meanwhile share one attempt, and its failure for about as long as it took: a dead host costs one deadline, not many. */
  async #connected(within: Duration): Promise<Link> {
    if (this.#closing.signal.aborted)
      throw new Fault('unreachable', `the connection to ${this.#target.host} was closed`);
    if (this.#failed && performance.now() < this.#failed.until) throw this.#failed.error;
    this.#failed = undefined;
    this.#connection ??= this.#attempt();
    return withDeadline(this.#connection, within, this.#target.host);
  }

  #attempt(): Promise<Link> {
    const began = performance.now();
    const attempt = this.#link();
    attempt.then(
      ({ client }) => {
        client.once('close', () => {
          if (this.#connection === attempt) this.#connection = undefined;
        });
      },
      (error: unknown) => {
        const now = performance.now();
        this.#failed = { error, until: now + Math.min(10_000, Math.max(250, now - began)) };
        this.#connection = undefined;
      },
    );
    return attempt;
  }

  async #link(): Promise<Link> {
    // ssh2 takes a fifth of the start of a command to begin: who is at work on this machine alone goes without.
    const { connectSsh } = await import('./ssh-connect.ts');
    const connection = await connectSsh(this.#target, this.#closing.signal);
    return { ...connection, warm: new WarmShells(within => this.#free(connection.client, within)) };
  }

  async #forward(within: Duration, ask: Opener): Promise<Duplex | NoSocket> {
    try {
      return await this.#open(within, channel => channel, ask);
    } catch (error) {
      // The machine said no: its sshd is there, and so is the connection. Anything else is a loss of it.
      if (isRefusal(error)) return { no: error.cause.message };
      throw error;
    }
  }

  /** `use` gets the channel at once: its exit may lie in the packet that opened it, and nobody would hear of it later. */
  #open<T>(within: Duration, use: (channel: ClientChannel) => T, ask: Opener): Promise<T> {
    let over = false;
    const opened = new Promise<T>((resolve, reject) => {
      const done: Parameters<Opener>[0] = (error, channel) => {
        if (error) reject(new Fault('unreachable', `${this.#target.host}: ${error.message}`, { cause: error }));
        // Nobody waits for it any more.
        else if (over) channel.close();
        else resolve(use(channel));
      };
      try {
        ask(done);
      } catch (error) {
        reject(new Fault('unreachable', `the connection to ${this.#target.host} was lost`, { cause: error }));
      }
    });
    return withDeadline(opened, within, this.#target.host).finally(() => (over = true));
  }
}

type Opener = (done: (error: Error | undefined, channel: ClientChannel) => void) => void;

/** ssh2 gives the reason code of SSH_MSG_CHANNEL_OPEN_FAILURE (RFC 4254, 5.1) in `reason`. */
function isRefusal(error: unknown): error is Error & { readonly cause: Error } {
  return error instanceof Error && error.cause instanceof Error && 'reason' in error.cause;
}

function withDeadline<T>(promise: Promise<T>, within: Duration, host: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new Fault('unreachable', `${host} did not answer within ${showDuration(within)}`, { hint: `ssh ${host}` }),
      );
    }, within);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function follow(channel: ClientChannel): Running {
  let end: ProcessEnd = { is: 'cut', why: 'the SSH connection broke' };
  channel.on('error', () => undefined);
  channel.on('exit', (code: number | null, signal?: string) => {
    const number = constants.signals[`SIG${(signal ?? '').replace(/^SIG/, '')}` as NodeJS.Signals] as
      number | undefined;
    end = { is: 'ended', code: code ?? 128 + (number ?? 0) };
  });
  const ended = new Promise<ProcessEnd>(resolve => channel.once('close', () => resolve(end)));
  const letGo = (how: () => void): void => {
    if (channel.destroyed) return;
    try {
      how();
      channel.close();
    } catch {
      // The connection is gone already, and with it the channel.
    }
  };
  return {
    stdin: channel,
    stdout: channel,
    stderr: channel.stderr,
    ended,
    drop: () => letGo(() => channel.signal('KILL')),
    leave: () => letGo(() => undefined),
  };
}
