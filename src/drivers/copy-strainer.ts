// Takes the bytes of COPY data out of a connection before pg parses it: at the speed of a base backup its putting together of messages costs more than all that is done with them.

import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';

/** Takes a part of a message of COPY data: other bytes lie there as soon as it returns. `begins`, `ends`: the message does so with this part. */
export type TakePart = (bytes: Buffer, begins: boolean, ends: boolean) => void;

const copyData = 0x64;
/** Type and length. */
const headLength = 5;

/** What pg gets for a socket: that one without the COPY data, as long as somebody takes it. */
export class CopyStrainer extends EventEmitter {
  readonly #stream: Duplex;
  readonly #head = Buffer.alloc(headLength);
  #filled = 0;
  /** Bytes of the present message that are still to come. */
  #left = 0;
  #begins = false;
  #taken = false;
  #take: TakePart | undefined;

  constructor(stream: Duplex) {
    super();
    this.#stream = stream;
    stream.on('data', (bytes: Buffer) => this.#strain(bytes));
    for (const event of ['end', 'error', 'close'])
      stream.on(event, (...args) => this.emit(event, ...(args as unknown[])));
  }

  /** From the next message on. */
  strain(take: TakePart | undefined): void {
    this.#take = take;
  }

  get writable(): boolean {
    return this.#stream.writable;
  }

  write(bytes: Buffer, done?: () => void): boolean {
    return this.#stream.write(bytes, done);
  }

  end(): void {
    this.#stream.end();
  }

  destroy(): void {
    this.#stream.destroy();
  }

  /** pg wants a socket that it connects itself: this one is connected already. */
  connect(): void {
    process.nextTick(() => this.emit('connect'));
  }

  setNoDelay(): void {
    // It was set by whoever connected.
  }

  ref(): void {
    // It always holds the process.
  }

  unref(): void {
    // As above.
  }

  #strain(bytes: Buffer): void {
    // What lies between `from` and `at` is for pg.
    let from = 0;
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const part = bytes.subarray(at, at + this.#left);
        at += part.length;
        this.#left -= part.length;
        if (!this.#taken) continue;
        from = at;
        this.#take?.(part, this.#begins, this.#left === 0);
        this.#begins = false;
        continue;
      }
      const before = this.#filled;
      const copied = bytes.copy(this.#head, before, at, at + headLength - before);
      this.#filled += copied;
      if (this.#filled < headLength) {
        // Whose head it is will be seen when all of it is here.
        this.#give(bytes.subarray(from, at));
        return;
      }
      this.#begin();
      if (this.#taken) this.#give(bytes.subarray(from, at));
      else if (before > 0) this.#give(this.#head.subarray(0, before));
      at += copied;
      if (this.#taken) from = at;
    }
    this.#give(bytes.subarray(from));
  }

  #begin(): void {
    this.#filled = 0;
    this.#begins = true;
    this.#left = Math.max(0, this.#head.readUInt32BE(1) - 4);
    this.#taken = this.#take !== undefined && this.#head[0] === copyData;
  }

  #give(bytes: Buffer): void {
    // pg keeps what it gets, and the connection may be a fleeting one.
    if (bytes.length > 0) this.emit('data', Buffer.from(bytes));
  }
}
