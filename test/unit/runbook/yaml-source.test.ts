// Positions in a file, and expressions where YAML alone would not let them stand.

import { describe, expect, it } from 'vitest';
import { readYaml, type Source } from '../../../src/runbook/yaml-source.ts';
import type { Path } from '../../../src/runbook/mistake.ts';
import { good } from './support.ts';

const read = (text: string): Source => good(readYaml(text, 'book.yaml', 'runbook'));
const place = (source: Source, path: Path, part: 'key' | 'value'): string => {
  const [problem] = source.problems([{ path, part, message: '', hint: undefined }]);
  return `${String(problem?.line)}:${String(problem?.column)}`;
};

describe('readYaml', () => {
  it('finds keys and values, in blocks, in braces and through aliases', () => {
    const source = read('a: &x\n  b: [1, {c: two}]\nd: *x\n');
    expect(source.data).toEqual({ a: { b: [1, { c: 'two' }] }, d: { b: [1, { c: 'two' }] } });
    expect(place(source, ['a', 'b', 1, 'c'], 'value')).toBe('2:14');
    expect(place(source, ['a', 'b', 1, 'c'], 'key')).toBe('2:11');
    expect(place(source, ['d', 'b', 0], 'value')).toBe('2:7');
    expect(place(source, ['a', 'nowhere', 'else'], 'value')).toBe('2:3');
  });

  it('lets an expression stand in braces without quotes', () => {
    const text = "a: { for: ${{ params.x }}, list: [${{ {'a': 1}[\"a\"] }}, 2] } # ${{ in a comment\nb: '${{ 1 }}'\n";
    const source = read(text);
    expect(source.data).toEqual({ a: { for: '${{ params.x }}', list: ['${{ {\'a\': 1}["a"] }}', 2] }, b: '${{ 1 }}' });
    expect(place(source, ['a', 'list', 1], 'value')).toBe('1:57');
  });

  it('does not count a byte order mark or a carriage return', () => {
    const source = read('\uFEFFa: 1\r\nb:\r\n  c: two\r\n');
    expect(source.data).toEqual({ a: 1, b: { c: 'two' } });
    expect(place(source, ['a'], 'key')).toBe('1:1');
    expect(place(source, ['b', 'c'], 'value')).toBe('3:6');
  });

  it('refuses what is far too large before it is parsed', () => {
    const large = readYaml(`a: ${'x'.repeat(2_000_000)}`, 'dump.sql', 'runbook');
    expect(large).toMatchObject({
      ok: false,
      problems: [{ line: 1, message: 'the file is too large to be a runbook: more than 1 MB' }],
    });
  });

  it('ends soon over hundreds of open braces', () => {
    const before = performance.now();
    expect(readYaml(`a: ${'{a: '.repeat(3000)}`, 'book.yaml', 'runbook').ok).toBe(false);
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it('takes keys that JavaScript owns for keys', () => {
    const source = read('__proto__: { polluted: yes }\nconstructor: 1\n');
    expect(Object.keys(source.data)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
