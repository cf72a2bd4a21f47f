// Output capped in memory: whatever the pieces, head and tail are kept and the gap is named.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Capped } from '../../../src/drivers/capped.ts';
import { readAnswer } from '../../../src/drivers/ping.ts';
import { bytes } from '../../../src/time.ts';

it('keeps head and tail, however the output is cut into pieces', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c') })), pieces => {
      const capped = new Capped(bytes(20));
      for (const piece of pieces) capped.add(Buffer.from(piece));
      const whole = pieces.join('');
      const gap = `\n[${whole.length - 20} B of output left out here]\n`;
      expect(capped.take().toString()).toBe(whole.length <= 20 ? whole : whole.slice(0, 10) + gap + whole.slice(-10));
      expect(capped.size).toBe(whole.length);
    }),
  );
});

it('reads what a server says first', () => {
  const error = (fields: string): Buffer => {
    const body = Buffer.from(`${fields}\0`);
    const head = Buffer.from([0x45, 0, 0, 0, 0]);
    head.writeUInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  };
  const starting = error('SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0');
  expect(readAnswer(starting)).toBe('rejecting');
  expect(readAnswer(starting.subarray(0, 20))).toBeUndefined();
  expect(readAnswer(error('SFATAL\0C53300\0Msorry, too many clients already\0'))).toBe('accepting');
  expect(readAnswer(Buffer.from('R'))).toBe('accepting');
  expect(readAnswer(Buffer.from('HTTP/1.1 400'))).toBe('no-response');
  expect(readAnswer(Buffer.alloc(0))).toBeUndefined();
});
