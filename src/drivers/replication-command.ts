// One command to a walsender, as pg wants its queries: results, refusal, and the COPY data inside it as it comes.

import pg from 'pg';
import type { TakePart } from './copy-strainer.ts';

type Row = readonly (string | null)[];

export interface Result {
  readonly rows: readonly Row[];
  /** What the server says at its end: `SELECT`, `COPY 0`, `START_REPLICATION`. */
  readonly tag: string;
}

/** How a command ended. The session goes on after `done` and `error`. */
export type Answer =
  | { readonly is: 'done'; readonly results: readonly Result[] }
  | { readonly is: 'error'; readonly error: Refusal; readonly results: readonly Result[] }
  | { readonly is: 'lost'; readonly why: string; readonly results: readonly Result[] };

export type Refusal = pg.DatabaseError & { readonly code: string };

/** Hears of everything in the order in which it came. What it throws ends the session, and the command rejects with it. */
export interface CopyListener {
  result?(result: Result): void;
  /** The server begins to send. */
  began?(): void;
  /** A view of the parser's buffer: other bytes lie there as soon as this returns (524 of 600 did in a test). */
  data(chunk: Buffer): void;
  /** Where it is there, it gets the data instead: no message is put together any more. */
  part?: TakePart;
  /** The server has sent everything. */
  sent?(): void;
  /** A WARNING, word by word. */
  warned?(message: string): void;
}

/** What pg calls a query: it gets the messages between the question and ReadyForQuery. */
export class Command {
  readonly text: string;
  error: Refusal | undefined;
  readonly #results: Result[] = [];
  #rows: Row[] = [];
  #listener: CopyListener | undefined;
  readonly #resolve: (answer: Answer) => void;
  readonly #fail: (error: unknown) => void;

  constructor(
    text: string,
    listener: CopyListener | undefined,
    resolve: (answer: Answer) => void,
    fail: (error: unknown) => void,
  ) {
    this.text = text;
    this.#listener = listener;
    this.#resolve = resolve;
    this.#fail = fail;
  }

  submit(connection: pg.Connection): void {
    connection.query(this.text);
  }

  handleRowDescription(): void {
    this.#rows = [];
  }

  handleDataRow({ fields }: { fields: Row }): void {
    this.#rows.push(fields);
  }

  handleCommandComplete({ text }: { text: string }): void {
    const result = { rows: this.#rows, tag: text };
    this.#rows = [];
    this.#results.push(result);
    this.tell(listener => listener.result?.(result));
  }

  handleCopyData({ chunk }: { chunk: Buffer }): void {
    try {
      this.#listener?.data(chunk);
    } catch (error) {
      this.#give(error);
    }
  }

  /** An ERROR, which ReadyForQuery follows; a FATAL, which the end of the connection follows; or that end itself. */
  handleError(error: unknown): void {
    if (isRefusal(error)) this.error ??= error;
  }

  handleReadyForQuery(): void {
    // The connection's own event is listened to: after an error pg does not tell it here.
  }

  tell(say: (listener: CopyListener) => void): void {
    try {
      if (this.#listener) say(this.#listener);
    } catch (error) {
      this.#give(error);
    }
  }

  settle(lost: string | undefined): void {
    this.#listener = undefined;
    const [results, error] = [this.#results, this.error];
    if (lost !== undefined) this.#resolve({ is: 'lost', why: lost, results });
    else this.#resolve(error ? { is: 'error', error, results } : { is: 'done', results });
  }

  /** What the parser still has in hand is for nobody. */
  #give(error: unknown): void {
    this.#listener = undefined;
    this.#fail(error);
  }
}

export const isRefusal = (error: unknown): error is Refusal =>
  error instanceof pg.DatabaseError && error.code !== undefined;
