// WAL file names for every segment size, across the 4 GiB edges.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lsn, parseLsn } from '../../../src/postgres/lsn.ts';
import {
  isSegmentName,
  isSegmentSize,
  lastSegmentName,
  nextSegment,
  parseBackupHistoryName,
  parseSegmentName,
  segmentName,
  segmentStart,
  unbrokenBefore,
  walFileKind,
} from '../../../src/postgres/segment.ts';
import { timeline } from '../../../src/postgres/timeline.ts';

const MB = 1024 ** 2;
const at = (text: string) => parseLsn(text) ?? lsn(0n);
const sizes = fc.constantFrom(...Array.from({ length: 11 }, (_, power) => MB * 2 ** power));
const positions = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map(lsn);
const lines = fc.integer({ min: 1, max: 0xffffffff }).map(timeline);

describe('segment names', () => {
  it.each([
    [1, '0/0', 16, '000000010000000000000000'],
    [1, '0/60000A0', 16, '000000010000000000000006'],
    [1, '0/FFFFFFFF', 16, '0000000100000000000000FF'],
    [1, '1/0', 16, '000000010000000100000000'],
    [2, '1/3B000000', 16, '00000002000000010000003B'],
    [1, '0/FFFFFFFF', 1, '000000010000000000000FFF'],
    [1, '1/0', 1, '000000010000000100000000'],
    [1, '1/C0000000', 1024, '000000010000000100000003'],
    [1, '2/0', 1024, '000000010000000200000000'],
    [10, 'FFFFFFFF/FFFFFFFF', 64, '0000000AFFFFFFFF0000003F'],
  ])('timeline %i at %s with %i MB is %s', (line, position, size, name) => {
    expect(segmentName(timeline(line), at(position), size * MB)).toBe(name);
  });

  it('holds the position it was made from', () => {
    fc.assert(
      fc.property(lines, positions, sizes, (line, position, size) => {
        const segment = parseSegmentName(segmentName(line, position, size), size);
        expect(segment).toEqual({ timeline: line, start: segmentStart(position, size), kind: 'segment' });
        expect(position - (segment?.start ?? 0n)).toBeLessThan(BigInt(size));
      }),
    );
  });

  it('is followed by the segment that begins where it ends', () => {
    fc.assert(
      fc.property(lines, positions, sizes, (line, position, size) => {
        const next = nextSegment(segmentName(line, position, size), size);
        const end = segmentStart(position, size) + BigInt(size);
        expect(next).toBe(end >= 1n << 64n ? undefined : segmentName(line, lsn(end), size));
      }),
    );
  });

  it('counts on over 4 GiB', () => {
    expect(nextSegment('0000000100000000000000FF', 16 * MB)).toBe('000000010000000100000000');
    expect(nextSegment('000000010000000000000003', 1024 * MB)).toBe('000000010000000100000000');
  });

  it('an end pointer on a boundary belongs to the segment before', () => {
    expect(lastSegmentName(timeline(1), at('0/6000000'), 16 * MB)).toBe('000000010000000000000005');
    expect(lastSegmentName(timeline(1), at('0/6000001'), 16 * MB)).toBe('000000010000000000000006');
    expect(lastSegmentName(timeline(1), at('0/0'), 16 * MB)).toBe('000000010000000000000000');
  });

  it('refuses a name that cannot be with that size', () => {
    expect(parseSegmentName('000000010000000000000100', 16 * MB)).toBeUndefined();
    expect(parseSegmentName('000000010000000000000100', MB)?.start).toBe(at('0/10000000'));
    expect(parseSegmentName('000000000000000000000001', MB)).toBeUndefined();
    expect(parseSegmentName('00000001000000000000000a', MB)).toBeUndefined();
  });

  it('knows an unfinished segment, which has no next', () => {
    const name = '000000010000000000000006.partial';
    expect(parseSegmentName(name, 16 * MB)).toEqual({ timeline: 1, start: at('0/6000000'), kind: 'partial' });
    expect(nextSegment(name, 16 * MB)).toBeUndefined();
  });

  it.each([
    ['000000010000000000000006', 'segment'],
    ['000000010000000000000006.partial', 'partial'],
    ['000000010000000000000003.00000028.backup', 'backup-history'],
    ['00000002.history', 'timeline-history'],
    ['archive_status', undefined],
    ['xlogtemp.13235', undefined],
    ['00000001000000000000000g', undefined],
    ['000000010000000000000006.partial.gz', undefined],
    ['00000002.history.tmp', undefined],
  ])('%s is %s', (name, kind) => {
    expect(walFileKind(name)).toBe(kind);
    expect(isSegmentName(name)).toBe(kind === 'segment');
  });

  it("reads where a backup starts from its history file's name", () => {
    const name = '000000010000000000000003.00000028.backup';
    expect(parseBackupHistoryName(name, 16 * MB)).toEqual({ timeline: 1, start: at('0/3000028') });
    expect(parseBackupHistoryName('000000010000000000000003.01000000.backup', 16 * MB)).toBeUndefined();
    expect(parseBackupHistoryName('000000010000000000000003', 16 * MB)).toBeUndefined();
  });

  it('takes only the sizes that initdb takes', () => {
    expect([MB, 16 * MB, 1024 * MB].every(isSegmentSize)).toBe(true);
    expect([0, MB / 2, 3 * MB, 2048 * MB, MB + 1].some(isSegmentSize)).toBe(false);
    expect(() => segmentName(timeline(1), at('0/0'), 3 * MB)).toThrow(RangeError);
  });
});

describe('WAL without a gap before a place', () => {
  const one = timeline(1);
  const names = (...of: readonly [number, string][]) =>
    of.map(([line, from]) => segmentName(timeline(line), at(from), 16 * MB));
  const before = (files: readonly string[], place: string) =>
    unbrokenBefore(files, one, at(place), 16 * MB).map(({ timeline: line, start, end }) => [line, start, end]);

  it('goes back to the first gap', () => {
    const files = names([1, '0/1000000'], [1, '0/3000000'], [1, '0/4000000'], [1, '0/5000000']);
    expect(before(files, '0/4000148')).toEqual([[1, at('0/3000000'), at('0/4000148')]]);
  });

  it('reads the copy of the last segment that a promotion has renamed, and those before it', () => {
    const files = [...names([1, '0/3000000'], [2, '0/4000000'], [3, '0/4000000']), '000000010000000000000004.partial'];
    expect(before(files, '0/4000148')).toEqual([
      [2, at('0/4000000'), at('0/4000148')],
      [1, at('0/3000000'), at('0/4000000')],
    ]);
  });

  it('needs no segment of a place at its very beginning; nothing before it is nothing', () => {
    expect(before(names([1, '0/3000000']), '0/4000000')).toEqual([[1, at('0/3000000'), at('0/4000000')]]);
    expect(before(names([1, '0/5000000']), '0/4000000')).toEqual([]);
  });
});
