// Cuts the endless output of a standing shell into answers: each ends with a line that begins with the mark of its question.

import type { Readable, Writable } from 'node:stream';

interface Question {
  readonly start: Buffer;
  readonly into: Writable;
  /** The words after the mark; undefined where the stream ended before. */
  readonly done: (words: string | undefined) => void;
}

const newline = 0x0a;
const nothing = Buffer.alloc(0);

export class Answer {
  readonly #from: Readable;
  readonly #unasked: () => void;
  #question: Question | undefined;
  /** What may be the beginning of the mark. */
  #held: Buffer = nothing;
  #ended = false;

  /** `unasked` is called where something comes that no question asked for. */
  constructor(from: Readable, unasked: () => void) {
    this.#from = from;
    this.#unasked = unasked;
    from.on('data', (piece: Buffer) => {
      this.#take(piece);
    });
    const end = (): void => {
      this.#end();
    };
    from.once('end', end).once('close', end);
  }

  /** Passes on what comes, as it comes, up to the newline and the mark. */
  until(mark: string, into: Writable): Promise<string | undefined> {
    return new Promise(done => {
      if (this.#ended) done(undefined);
      else this.#question = { start: Buffer.from(`\n${mark} `), into, done };
    });
  }

  #take(piece: Buffer): void {
    if (!this.#question) {
      this.#unasked();
      return;
    }
    const { start, done } = this.#question;
    const all = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece]);
    const at = all.indexOf(start);
    const lineEnd = at < 0 ? -1 : all.indexOf(newline, at + 1);
    if (lineEnd < 0) {
      const sure = at < 0 ? sureOf(all, start) : at;
      this.#held = all.subarray(sure);
      this.#pass(all.subarray(0, sure));
      return;
    }
    this.#held = nothing;
    this.#pass(all.subarray(0, at));
    this.#question = undefined;
    done(all.toString('latin1', at + start.length, lineEnd));
    if (lineEnd + 1 < all.length) this.#unasked();
  }

  #pass(piece: Buffer): void {
    const { into } = this.#question ?? {};
    if (!into || into.destroyed || piece.length === 0 || into.write(piece)) return;
    this.#from.pause();
    const go = (): void => {
      into.off('drain', go).off('close', go);
      this.#from.resume();
    };
    into.on('drain', go).on('close', go);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#pass(this.#held);
    this.#question?.done(undefined);
    this.#question = undefined;
  }
}

/** How many bytes cannot be the beginning of the mark, whatever comes after them. */
function sureOf(all: Buffer, start: Buffer): number {
  const last = all.lastIndexOf(newline);
  if (last < 0) return all.length;
  const tail = all.subarray(last);
  return tail.equals(start.subarray(0, tail.length)) ? last : all.length;
}
