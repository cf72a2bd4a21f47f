// What no codec makes smaller looks random, and nothing else does.

import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { looksRandom } from '../../../src/drivers/looks-random.ts';

const size = 1 << 20;

/** Random but for a part of each page, as PostgreSQL's are with bytes in them that were compressed by the application. */
function pages(part: number): Buffer {
  const bytes = randomBytes(size);
  for (let at = 0; at < size; at += 8192) bytes.fill(0, at, at + Math.round(8192 * part));
  return bytes;
}

test.each<[string, Buffer, boolean]>([
  ['random bytes', randomBytes(size), true],
  ['a block that is not full', randomBytes(300_001), true],
  ['pages of random bytes with their headers', pages(0.02), true],
  ['pages that are random to nine tenths', pages(0.1), false],
  ['half of it zeros', Buffer.concat([randomBytes(size / 2), Buffer.alloc(size / 2)]), false],
  ['text', Buffer.alloc(size, 'insert into t values (1, $$x$$); '), false],
  ['hexadecimal digits', Buffer.from(randomBytes(size / 2).toString('hex')), false],
  ['what is small', randomBytes(1000), false],
  ['nothing', Buffer.alloc(0), false],
])('%s', (_, bytes, expected) => {
  expect(looksRandom(bytes)).toBe(expected);
});
