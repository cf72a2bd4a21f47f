// A client session as an application has one: over TCP or the Unix socket, each step with its deadline.

import pg from 'pg';
import type { Duration } from '../time.ts';

export interface Server {
  /** An address, or the directory of the Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password?: string;
  readonly application?: string;
}

/** What became of a statement, as the client knows it. */
export type Outcome =
  | {
      readonly is: 'done';
      readonly rows: readonly (readonly (string | null)[])[];
      readonly warnings: readonly string[];
    }
  /** The server said that it did not happen. */
  | { readonly is: 'refused'; readonly sqlstate: string; readonly message: string }
  /** Sent, and no answer that settles it: the connection broke, the deadline passed, or the session was ended from the server's side. */
  | { readonly is: 'unknown'; readonly why: string };

export interface Session {
  /** A statement with values is prepared once under `name`. `warnings`: SQLSTATEs of the warnings that came with the answer. */
  ask(text: string, values?: readonly unknown[], within?: Duration, name?: string): Promise<Outcome>;
  /** Drops the connection at once: a farewell to a frozen server would wait for ever. */
  close(): void;
  readonly open: boolean;
}

/** Resolves with the reason where no session could be had within the deadline. */
export async function connect(server: Server, within: Duration): Promise<Session | { readonly no: string }> {
  const client = new pg.Client({
    host: server.host,
    port: server.port,
    user: server.user,
    database: server.database,
    ...(server.password !== undefined && { password: server.password }),
    application_name: server.application ?? 'lifeboat lab',
    connectionTimeoutMillis: within,
    keepAlive: true,
  });
  const session = new PgSession(client);
  try {
    await client.connect();
    return session;
  } catch (error) {
    session.close();
    return { no: error instanceof Error ? error.message || error.name : String(error) };
  }
}

class PgSession implements Session {
  readonly #client: pg.Client;
  #open = true;
  #warnings: string[] = [];

  constructor(client: pg.Client) {
    this.#client = client;
    // Without a listener a lost connection would end this process.
    client.on('error', () => (this.#open = false));
    client.on('end', () => (this.#open = false));
    client.on('notice', notice => {
      if (notice.severity === 'WARNING') this.#warnings.push(notice.code ?? '');
    });
  }

  get open(): boolean {
    return this.#open;
  }

  async ask(text: string, values: readonly unknown[] = [], within?: Duration, name?: string): Promise<Outcome> {
    if (!this.#open) return { is: 'unknown', why: 'the connection is closed' };
    this.#warnings = [];
    const late = new Promise<Outcome>(resolve => {
      if (within === undefined) return;
      setTimeout(() => resolve({ is: 'unknown', why: `no answer within ${String(within)} ms` }), within).unref();
    });
    const outcome = await Promise.race([this.#query(text, values, name), late]);
    if (outcome.is === 'unknown') this.close();
    return outcome;
  }

  close(): void {
    this.#open = false;
    // pg's own end() says goodbye and waits for the server to hang up.
    (this.#client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }

  async #query(text: string, values: readonly unknown[], name: string | undefined): Promise<Outcome> {
    try {
      const { rows } = await this.#client.query<(string | null)[]>({
        text,
        rowMode: 'array',
        types: { getTypeParser: () => (value: string | null) => value },
        ...(values.length > 0 && { values: [...values] }),
        ...(name !== undefined && { name }),
      });
      return { is: 'done', rows: Array.isArray(rows) ? rows : [], warnings: this.#warnings };
    } catch (error) {
      return settle(error);
    }
  }
}

/** Only an ERROR says that nothing happened; FATAL and PANIC end the session in the middle of whatever it was doing. */
function settle(error: unknown): Outcome {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof pg.DatabaseError && error.severity === 'ERROR') {
    return { is: 'refused', sqlstate: error.code ?? '', message };
  }
  return { is: 'unknown', why: message };
}
