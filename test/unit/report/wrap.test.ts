// Text on a terminal: measured in columns, broken without loss, made harmless.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cut, harmless, widthOf } from '../../../src/report/columns.ts';
import { hang, wrap } from '../../../src/report/wrap.ts';

describe('columns', () => {
  test.each([
    ['pg_ctl promote', 14],
    ['主站 db1', 8],
    ['e\u0301', 1],
    ['\u001b[31mred\u001b[39m', 3],
    ['✓ → ‹x›', 7],
    ['🚀', 2],
    ['', 0],
  ])('%j takes %i', (text, columns) => {
    expect(widthOf(text)).toBe(columns);
  });

  test('a cut line says that it was cut, and wide characters are not split', () => {
    expect(cut('主站主站', 5)).toBe('主站…');
    expect(cut('short', 5)).toBe('short');
  });

  test('what a server printed cannot steer the terminal', () => {
    expect(harmless('a\u001b[2Jb\u0007c\td\r\ne\u202ef\u001b]0;title\u0007g')).toBe('ab\ufffdc d\ne\ufffdfg');
  });
});

describe('wrap', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', ' ', ' ', "'", '主', 'é', '\n') });

  test('no line is wider, and nothing but spaces is left out', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 40 }), (it, width) => {
        const lines = wrap(it, width);
        expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
        expect(lines.join('').replace(/\s/g, '')).toBe(it.replace(/\s/g, ''));
      }),
    );
  });

  test('a break takes the place of one space: joined again, a command is what it was', () => {
    const command = "sh -c 'a  b;   c' kill /disk1/data";
    fc.assert(
      fc.property(fc.integer({ min: 12, max: 50 }), width => {
        expect(wrap(command, width).join(' ')).toBe(command);
      }),
    );
  });

  test('further lines hang below the first', () => {
    expect(hang('then  ', 'one two three four five six seven', 30)).toEqual([
      'then  one two three four five',
      '      six seven',
    ]);
  });

  test('a head that leaves no room stands alone', () => {
    const lines = hang('rejoin-all[node3]/start  exec ', 'pg_ctl start', 40);
    expect(lines).toEqual(['rejoin-all[node3]/start  exec', '    pg_ctl start']);
  });
});
