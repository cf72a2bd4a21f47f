// What changed within a block: any change that is small enough comes back exactly, and nothing else is taken for a patch.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyPatch, makePatch } from '../../../src/repo/patch.ts';

const page = 8192;

/** A block, and what became of it: pages overwritten, and another length. */
const changed = fc
  .record({
    before: fc.uint8Array({ minLength: 1, maxLength: 40 }).map(bytes => pages(bytes)),
    length: fc.integer({ min: 1, max: 40 * page }),
    edits: fc.array(fc.record({ at: fc.nat(40 * page), byte: fc.integer({ min: 0, max: 255 }) }), { maxLength: 30 }),
  })
  .map(({ before, length, edits }) => {
    const now = Buffer.alloc(length, 7);
    before.copy(now);
    for (const { at, byte } of edits) if (at < length) now[at] = byte;
    return { before, now };
  });

/** A page for each byte, filled with it; the last one is cut. */
function pages(bytes: Uint8Array): Buffer {
  const whole = Buffer.concat([...bytes].map(byte => Buffer.alloc(page, byte)));
  return whole.subarray(0, whole.length - (bytes[0]! % page));
}

function differing(before: Buffer, now: Buffer): number {
  let count = 0;
  for (let at = 0; at < now.length; at += page) {
    if (!now.subarray(at, at + page).equals(before.subarray(at, Math.min(at + page, now.length)))) count += 1;
  }
  return count;
}

test('a patch gives back exactly what was there, and there is one where at most half of the pages differ', () => {
  fc.assert(
    fc.property(changed, ({ before, now }) => {
      const patch = makePatch(before, now);
      expect(patch === undefined).toBe(differing(before, now) * 2 > Math.ceil(now.length / page));
      if (patch === undefined) return;
      expect(applyPatch(before, patch)?.equals(now)).toBe(true);
      expect(patch.length).toBeLessThanOrEqual(
        differing(before, now) * page + 4 + Math.ceil(now.length / page / 8) + 1,
      );
    }),
    { numRuns: 200 },
  );
});

test('one changed page of 128 costs one page', () => {
  const before = Buffer.alloc(128 * page, 'x');
  const now = Buffer.from(before);
  now[77 * page + 5] = 0;
  expect(makePatch(before, now)?.length).toBe(page + 4 + 16);
});

test('what is no patch of this block is not applied', () => {
  const before = Buffer.alloc(4 * page, 'x');
  const now = Buffer.from(before);
  now[0] = 0;
  const patch = makePatch(before, now)!;
  expect(applyPatch(before, patch.subarray(0, -1))).toBeUndefined();
  expect(applyPatch(before, Buffer.concat([patch, Buffer.alloc(1)]))).toBeUndefined();
  expect(applyPatch(before.subarray(0, 2 * page), patch)).toBeUndefined();
  expect(applyPatch(before, Buffer.alloc(2))).toBeUndefined();
});
