// One connection to a walsender: logged in, asked one thing at a time, and cut where it is no good any more.

import type { Duplex } from 'node:stream';
import pg from 'pg';
import { Fault } from '../faults.ts';
import { parseVersion, type Version } from '../postgres/version.ts';
import { type Duration, showDuration } from '../time.ts';
import { CopyStrainer } from './copy-strainer.ts';
import type { Door } from './postgres-door.ts';
import {
  type Answer,
  Command,
  type CopyListener,
  isRefusal,
  type Refusal,
  type Result,
} from './replication-command.ts';
import { refusal } from './replication-refusal.ts';
import { secretValue } from './secret-value.ts';
import { isNoSocket } from './shell.ts';

/** Of pg's Connection, what its types do not tell. */
type CopyConnection = pg.Connection & { sendCopyFromChunk(chunk: Buffer): void; endCopyFrom(): void };

/** Throws a Fault: `unreachable` where there is no connection, `refused` where the server does not let us in. */
export async function openWire(door: Door, application: string, within: Duration): Promise<Wire> {
  const deadline = performance.now() + within;
  const stream = await door.open(within, 'fleeting');
  if (isNoSocket(stream)) throw new Fault('unreachable', stream.no, { on: door.name });
  const { user, host, port, secret, redactor } = door;
  // In a password file the database of such a connection is called so (manual 34.16).
  const login = { host, port, database: 'replication', user };
  const strainer = new CopyStrainer(stream);
  const client = new pg.Client({
    // All of a stream that pg needs.
    stream: () => strainer as unknown as Duplex,
    user,
    database: door.database,
    ssl: false,
    ...(secret !== undefined && { password: () => secretValue(secret, login, redactor) }),
    application_name: application,
    replication: 'true',
  } as pg.ClientConfig);
  const wire = new Wire(client, stream, strainer, door);
  const late = setTimeout(() => {
    wire.cut(`the server did not answer within ${showDuration(within)}`);
  }, deadline - performance.now());
  try {
    await wire.login();
    return wire;
  } finally {
    clearTimeout(late);
  }
}

export class Wire {
  readonly name: string;
  readonly #client: pg.Client;
  readonly #connection: CopyConnection;
  readonly #stream: Duplex;
  readonly #strainer: CopyStrainer;
  readonly #door: Door;
  #version: Version | undefined;
  #command: Command | undefined;
  #lost: string | undefined;

  constructor(client: pg.Client, stream: Duplex, strainer: CopyStrainer, door: Door) {
    this.name = door.name;
    this.#client = client;
    this.#connection = (client as unknown as { connection: CopyConnection }).connection;
    this.#stream = stream;
    this.#strainer = strainer;
    this.#door = door;
    // Without listeners a lost connection would end this process.
    client.on('error', error => this.#lose(error.message));
    stream.on('error', error => this.#lose(error.message));
    // An SSH channel is not closed as long as we do not end our side of it: what was the server's last word is its end of the stream.
    stream.on('end', () => {
      this.#lose('the server closed the connection');
      this.#settle();
    });
    client.on('notice', ({ message }) => {
      if (message !== undefined) this.#command?.tell(listener => listener.warned?.(message));
    });
    this.#connection
      .on('parameterStatus', ({ parameterName, parameterValue }: { parameterName: string; parameterValue: string }) => {
        if (parameterName === 'server_version') this.#version = parseVersion(parameterValue);
      })
      .on('copyOutResponse', () => this.#command?.tell(listener => listener.began?.()))
      .on('replicationStart', () => this.#command?.tell(listener => listener.began?.()))
      .on('copyDone', () => this.#command?.tell(listener => listener.sent?.()))
      .on('readyForQuery', () => this.#settle())
      .on('end', () => {
        this.#lose('the server closed the connection');
        this.#settle();
      });
  }

  /** Throws a Fault. */
  async login(): Promise<void> {
    try {
      await this.#client.connect();
    } catch (error) {
      this.#stream.destroy();
      if (error instanceof Fault) throw error;
      if (isRefusal(error)) throw refusal(this.#door, error);
      const why = this.#lost ?? (error instanceof Error ? error.message : String(error));
      throw new Fault('unreachable', why, { on: this.name, cause: error });
    }
  }

  get version(): Version {
    if (!this.#version) throw new Fault('refused', 'the server does not tell its version', { on: this.name });
    return this.#version;
  }

  /** Rejects only with what the listener threw. */
  ask(text: string, listener?: CopyListener): Promise<Answer> {
    if (this.#command) throw new Error(`"${this.#command.text}" is under way`);
    if (this.#lost !== undefined) return Promise.resolve({ is: 'lost', why: this.#lost, results: [] });
    return new Promise((resolve, reject) => {
      this.#command = new Command(text, listener, resolve, error => {
        this.cut('it was given up here');
        reject(error instanceof Error ? error : new Error(String(error)));
      });
      // In parts, where the listener can do with them.
      this.#strainer.strain(listener?.part && ((...part) => this.#command?.tell(it => it.part?.(...part))));
      this.#client.query(this.#command);
    });
  }

  /** The last result of a short question, or the server's refusal; a Fault where neither comes in time. */
  async short(text: string, within: Duration): Promise<Result | Refusal> {
    const late = setTimeout(() => this.cut(`no answer within ${showDuration(within)}`), within);
    const answer = await this.ask(text).finally(() => clearTimeout(late));
    if (answer.is === 'lost') throw this.gone(answer.why);
    if (answer.is === 'error') return answer.error;
    const last = answer.results.at(-1);
    if (!last) throw new Fault('failed', `"${text}" has no result`, { on: this.name });
    return last;
  }

  /** As {@link short}; a refusal is a Fault, too. */
  async must(text: string, within: Duration): Promise<Result> {
    const answer = await this.short(text, within);
    if (isRefusal(answer)) throw this.refused(answer);
    return answer;
  }

  gone(why: string): Fault {
    return new Fault('unreachable', `the replication connection broke: ${why}`, { on: this.name });
  }

  refused(error: Refusal): Fault {
    return refusal(this.#door, error);
  }

  /** Listens to the bytes as they come from the server. */
  tap(): { readonly end: () => void; readonly heard: () => Buffer } {
    const chunks: Buffer[] = [];
    const listen = (chunk: Buffer): void => void chunks.push(Buffer.from(chunk));
    this.#stream.prependListener('data', listen);
    return { end: () => void this.#stream.removeListener('data', listen), heard: () => Buffer.concat(chunks) };
  }

  send(message: Buffer): void {
    if (this.#lost === undefined) this.#connection.sendCopyFromChunk(message);
  }

  endCopy(): void {
    if (this.#lost === undefined) this.#connection.endCopyFrom();
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Breaks the connection: whatever is under way is lost for this reason. */
  cut(why: string): void {
    this.#lose(why);
    this.#stream.destroy();
    // The server's last words may still lie in the socket, and nobody reads them: the end is now.
    this.#settle();
  }

  async close(): Promise<void> {
    const closed = this.#client.end().catch(() => undefined);
    this.#lose('it was closed');
    this.#stream.end();
    let late: NodeJS.Timeout | undefined;
    // A frozen server never hangs up by itself.
    const patience = new Promise<void>(resolve => {
      late = setTimeout(resolve, 250);
    });
    await Promise.race([closed, patience]);
    clearTimeout(late);
    this.#stream.destroy();
  }

  /** The first reason counts, and the server's own before all: what follows are its echoes. */
  #lose(why: string): void {
    this.#lost ??= this.#command?.error?.message ?? why;
  }

  #settle(): void {
    const command = this.#command;
    this.#command = undefined;
    command?.settle(this.#lost);
  }
}
