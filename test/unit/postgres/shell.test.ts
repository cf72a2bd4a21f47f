// What is shown as a command line can be pasted into a shell and means the same.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandLine, quote } from '../../../src/postgres/shell.ts';

describe('shell', () => {
  it.each([
    ['/disk1/data', '/disk1/data'],
    ['--waldir=/disk2/pg_wal', '--waldir=/disk2/pg_wal'],
    ['a b', "'a b'"],
    ['', "''"],
    ["it's", `'it'\\''s'`],
    ['$HOME', "'$HOME'"],
    ['*', "'*'"],
    ['~', "'~'"],
    ['#x', "'#x'"],
    ['a\nb', "'a\nb'"],
  ])('quotes %j only where needed', (arg, text) => {
    expect(quote(arg)).toBe(text);
  });

  it('keeps a program with an equals sign from being taken as an assignment', () => {
    expect(commandLine(['A=b', 'C=d'])).toBe("'A=b' C=d");
  });

  it('means to a real shell what it was made from', () => {
    const arg = fc
      .string({ unit: 'binary' })
      .filter(text => !text.includes('\0') && Buffer.from(text).toString() === text);
    fc.assert(
      fc.property(fc.array(arg, { minLength: 1, maxLength: 20 }), args => {
        const out = execFileSync('sh', ['-c', `printf '%s\\0' ${commandLine(['x', ...args])}`], { encoding: 'utf8' });
        expect(out.split('\0').slice(1, -1)).toEqual(args);
      }),
      { numRuns: 30 },
    );
  });
});
