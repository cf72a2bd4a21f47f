// One connection to a node's server, over the shell to its Unix socket or over TCP, ended as soon as its question is answered.

import type { Duplex } from 'node:stream';
import pg from 'pg';
import type { Answered } from '../ports.ts';
import type { Redactor } from '../secret.ts';
import { type Duration, ms, showDuration } from '../time.ts';
import { asSocket, type DirectPlace, doorOf, type SqlPlace } from './postgres-door.ts';
import { secretValue } from './secret-value.ts';
import { isNoSocket, type NoSocket } from './shell.ts';

export interface Query {
  readonly text: string;
  readonly values?: readonly (string | null)[];
}

export interface SqlSession {
  /** The last result of the text; never rejects. A loss or the deadline gives `cut`. */
  query(query: Query): Promise<Extract<Answered, { is: 'rows' | 'error' | 'cut' }>>;
  /** Hangs up, without waiting for a server that may be frozen. */
  end(): void;
}

export interface SessionOptions {
  readonly database?: string | undefined;
  /** For the connection and everything asked on it. */
  readonly within: Duration;
  /** By a setting of the session, which holds for every statement in it. */
  readonly readOnly: boolean;
}

/** Throws a Fault of code `unreachable` where the machine does not answer; where the server does not, `no` says why. */
export async function openSession(
  place: SqlPlace | DirectPlace,
  options: SessionOptions,
): Promise<SqlSession | NoSocket | RefusedLogin> {
  const deadline = performance.now() + options.within;
  const left = (): Duration => ms(Math.max(1, deadline - performance.now()));
  const door = doorOf(place);
  const { host, port, user, secret, redactor } = door;
  const database = options.database ?? door.database;
  const stream = await door.open(left());
  if (isNoSocket(stream)) return stream;
  const login = { host, port, database, user };
  const client = new pg.Client({
    stream: () => asSocket(stream),
    user,
    database,
    ssl: false,
    ...(secret !== undefined && { password: () => secretValue(secret, login, redactor) }),
    application_name: 'lifeboat',
    client_encoding: 'UTF8',
    options: settings(options, left()),
  });
  return new Session(client, stream, left, redactor).start();
}

/** The server answered and did not let us in. */
export interface RefusedLogin {
  readonly sqlstate: string;
  readonly message: string;
}
export const isRefusedLogin = (answer: object): answer is RefusedLogin => 'sqlstate' in answer;

/** DateStyle and the like are fixed, for answers are read by a program; statement_timeout is the server's own end to what we gave up. */
function settings({ readOnly }: SessionOptions, left: Duration): string {
  const pairs = [
    ...(readOnly ? ['default_transaction_read_only=on'] : []),
    `statement_timeout=${String(Math.ceil(left))}`,
    'lock_timeout=0',
    'datestyle=ISO',
  ];
  return pairs.map(pair => `-c ${pair}`).join(' ');
}

class Session implements SqlSession {
  readonly #client: pg.Client;
  readonly #stream: Duplex;
  readonly #left: () => Duration;
  readonly #redactor: Redactor;
  #notices: string[] = [];

  constructor(client: pg.Client, stream: Duplex, left: () => Duration, redactor: Redactor) {
    this.#client = client;
    this.#stream = stream;
    this.#left = left;
    this.#redactor = redactor;
    // Without listeners a lost connection would end this process.
    client.on('error', () => undefined);
    stream.on('error', () => undefined);
    client.on('notice', ({ severity, code, message }) => {
      this.#notices.push(`${severity ?? ''} ${code ?? ''}: ${message ?? ''}`);
    });
  }

  async start(): Promise<SqlSession | NoSocket | RefusedLogin> {
    const answer = await this.#beforeDeadline(this.#client.connect().then(() => this));
    if (answer instanceof Session) return answer;
    this.end();
    return answer.is === 'error' ? { sqlstate: answer.sqlstate, message: answer.message } : { no: answer.why };
  }

  async query({ text, values }: Query): Promise<Extract<Answered, { is: 'rows' | 'error' | 'cut' }>> {
    this.#notices = [];
    const asked = this.#client.query<(string | null)[]>({
      text,
      rowMode: 'array',
      types: asText,
      ...(values !== undefined && values.length > 0 && { values: [...values] }),
    });
    const answer = await this.#beforeDeadline(asked);
    if ('is' in answer) return answer;
    const results = answer as unknown as
      pg.QueryArrayResult<(string | null)[]> | pg.QueryArrayResult<(string | null)[]>[];
    const last = Array.isArray(results) ? results.at(-1) : results;
    return {
      is: 'rows',
      rows: (last?.rows ?? []).map(row => row.map(value => this.#redactor.clean(value ?? ''))),
      columns: (last?.fields ?? []).map(({ name }) => name),
      notices: this.#notices,
    };
  }

  end(): void {
    this.#client.end().catch(() => undefined);
    this.#stream.end();
    // A frozen server never hangs up by itself.
    setTimeout(() => this.#stream.destroy(), 250).unref();
  }

  async #beforeDeadline<T>(asked: Promise<T>): Promise<T | Extract<Answered, { is: 'error' | 'cut' }>> {
    const within = this.#left();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Extract<Answered, { is: 'cut' }>>(resolve => {
      timer = setTimeout(() => {
        this.#stream.destroy();
        resolve({ is: 'cut', why: `the server did not answer within ${showDuration(within)}` });
      }, within);
    });
    try {
      return await Promise.race([asked, late]);
    } catch (error) {
      return settled(error);
    } finally {
      clearTimeout(timer);
      asked.catch(() => undefined);
    }
  }
}

/** An ERROR says that nothing of the statement happened; FATAL and PANIC end the session in the middle of whatever it was doing, except where they refuse the login. */
function settled(error: unknown): Extract<Answered, { is: 'error' | 'cut' }> {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof pg.DatabaseError && error.code !== undefined) {
    const cut = error.severity !== 'ERROR' && /^57P0|^08|^XX/.test(error.code) && error.code !== '57P03';
    if (!cut) return { is: 'error', sqlstate: error.code, message };
  }
  return { is: 'cut', why: message };
}

const asText = { getTypeParser: () => (value: string | null) => value } as unknown as pg.CustomTypesConfig;
