// Positions in the WAL survive being written and read, and are ordered by value.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareLsn, lsn, lsnDiff, parseLsn, showLsn } from '../../../src/postgres/lsn.ts';

const positions = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map(lsn);

describe('lsn', () => {
  it.each([
    ['0/1A2B3C8', 0x1a2b3c8n],
    ['1/20FFF688', 0x1_20fff688n],
    ['0/0', 0n],
    ['FFFFFFFF/FFFFFFFF', (1n << 64n) - 1n],
    ['0/017d9a08', 0x17d9a08n],
  ])('reads %s', (text, number) => {
    expect(parseLsn(text)).toBe(number);
  });

  it.each(['', '0', '0/', '/0', '0/G', '0x0/0', '000000001/0', '0/123456789', '0/1 0/2', '-1/0'])(
    'refuses %j',
    text => {
      expect(parseLsn(text)).toBeUndefined();
    },
  );

  it('prints as PostgreSQL does: upper case, without padding', () => {
    expect(showLsn(lsn(0x1_00000abcn))).toBe('1/ABC');
  });

  it('reads back what it shows', () => {
    fc.assert(fc.property(positions, position => parseLsn(showLsn(position)) === position));
  });

  it('counts bytes and orders alike', () => {
    fc.assert(
      fc.property(positions, positions, (a, b) => {
        expect(Math.sign(lsnDiff(a, b))).toBe(compareLsn(a, b));
      }),
    );
    expect(lsnDiff(lsn(0x1_00000010n), lsn(0xfffffff0n))).toBe(32);
  });

  it('throws on what the program itself got wrong', () => {
    expect(() => lsn(-1n)).toThrow(RangeError);
    expect(() => lsn(1n << 64n)).toThrow(RangeError);
  });
});
