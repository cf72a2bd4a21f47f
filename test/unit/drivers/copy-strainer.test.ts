// COPY data goes to whoever takes it, everything else to pg as it came, wherever the stream is cut.

import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CopyStrainer } from '../../../src/drivers/copy-strainer.ts';

interface Message {
  readonly type: string;
  readonly content: Uint8Array;
}

function encoded({ type, content }: Message): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeUInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
}

function strained(bytes: Buffer, cuts: readonly number[], taking: boolean) {
  const stream = new PassThrough();
  const strainer = new CopyStrainer(stream);
  const forPg: Buffer[] = [];
  const taken: Buffer[] = [];
  const ends: number[] = [];
  strainer.on('data', (piece: Buffer) => forPg.push(piece));
  if (taking) {
    strainer.strain((part, begins, end) => {
      if (begins) taken.push(Buffer.alloc(0));
      taken.push(Buffer.concat([taken.pop()!, part]));
      if (end) ends.push(taken.length);
    });
  }
  const places = [0, ...cuts.map(cut => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [at, from] of places.slice(0, -1).entries()) {
    const piece = Buffer.from(bytes.subarray(from, places[at + 1]));
    stream.emit('data', piece);
    // As where the connection reads into the same buffer again.
    piece.fill(0xff);
  }
  return { forPg: Buffer.concat(forPg), taken, ends };
}

const message = fc.record({
  type: fc.constantFrom('d', 'd', 'c', 'T', 'N', 'Z'),
  content: fc.uint8Array({ maxLength: 40 }),
});

test('every byte goes to one of the two, in order', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 20 }), (messages, cuts) => {
      const stream = Buffer.concat(messages.map(encoded));
      const { forPg, taken, ends } = strained(stream, cuts, true);
      const data = messages.filter(({ type, content }) => type === 'd' && content.length > 0);
      expect(taken).toEqual(data.map(({ content }) => Buffer.from(content)));
      expect(ends).toEqual(data.map((_, at) => at + 1));
      expect(forPg.equals(Buffer.concat(messages.filter(({ type }) => type !== 'd').map(encoded)))).toBe(true);
      expect(strained(stream, cuts, false).forPg.equals(stream)).toBe(true);
    }),
  );
});
