// The port of all that runs POSIX sh: one small interface for a machine over SSH and for this one.

import type { Duplex, Readable, Writable } from 'node:stream';
import type { Duration } from '../time.ts';

/** A script and its arguments, `$1` and so on. Nothing is ever pasted into the script's text. */
export interface Command {
  readonly script: string;
  readonly args: readonly string[];
  /**
   * It reads no stdin, and leaves no process behind that could still write to its outputs: it may be given to a shell that
   * stands already, which saves what a new session costs.
   */
  readonly tidy?: boolean;
}

/** How a process ended as seen from here. A signal gives 128 and its number, as sh has it. */
export type ProcessEnd =
  | { readonly is: 'ended'; readonly code: number }
  /** The connection broke before the end could be told: it may run on, or may be half done. */
  | { readonly is: 'cut'; readonly why: string };

export interface Running {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles after both outputs were read to their end; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** Lets go of it: it is killed, with all that runs in its session, and `ended` settles soon whatever it does. */
  drop(): void;
  /** Lets go of it: it runs on, unheard. */
  leave(): void;
}

/** Nobody listens on that socket: the machine answered, the server did not. */
export interface NoSocket {
  readonly no: string;
}
export const isNoSocket = (answer: object): answer is NoSocket => 'no' in answer;

/**
 * A machine on which scripts can be run. It connects when first asked and again after a loss. All that needs a connection
 * throws a Fault of code `unreachable` where none could be had within the deadline; a host that did not answer is not asked
 * again for about as long as it made us wait.
 */
export interface Shell {
  /** `SHA256:…` of the host key of the connection in use; `local:NAME` for this machine. */
  hostKey(within: Duration): Promise<string>;
  start(command: Command, within: Duration): Promise<Running>;
  /** A connection to a Unix socket of that machine. `fleeting`: whoever listens to it can do with bytes that are gone when he returns, which is faster. */
  openSocket(path: string, within: Duration, fleeting?: 'fleeting'): Promise<Duplex | NoSocket>;
  /** A TCP connection made by that machine. */
  openTcp(host: string, port: number, within: Duration): Promise<Duplex | NoSocket>;
  close(): Promise<void>;
}
