// Timelines and their history files: what grew out of what, and which files are cut short.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lsn, parseLsn, showLsn } from '../../../src/postgres/lsn.ts';
import {
  canFollow,
  forkPoint,
  historyFileName,
  isAncestor,
  parseHistory,
  parseTimeline,
  parseTimelineHex,
  timeline,
  timelineFileName,
} from '../../../src/postgres/timeline.ts';

const at = (text: string) => parseLsn(text) ?? lsn(0n);
// Written by PostgreSQL 15 after two promotions.
const third = '1\t0/60000A0\tno recovery target specified\n\n2\t0/9000148\tbefore 2026-11-21 11:20:09.064392+00\n';

describe('timeline names', () => {
  it.each([
    [1, '00000001'],
    [2, '00000002'],
    [10, '0000000A'],
    [0xffffffff, 'FFFFFFFF'],
  ])('timeline %i is %s in file names', (number, name) => {
    expect(timelineFileName(timeline(number))).toBe(name);
    expect(parseTimelineHex(name)).toBe(number);
    expect(historyFileName(timeline(number))).toBe(`${name}.history`);
  });

  it.each(['00000000', '0000000a', '1', '', '000000001', 'G0000001'])('%j is no timeline in a file name', text => {
    expect(parseTimelineHex(text)).toBeUndefined();
  });

  it.each([['0'], ['-1'], ['4294967296'], ['0x2'], ['']])('%j is no timeline in a message', text => {
    expect(parseTimeline(text)).toBeUndefined();
  });

  it('throws on a number that cannot be one', () => {
    expect(() => timeline(0)).toThrow(RangeError);
    expect(() => timeline(1.5)).toThrow(RangeError);
  });
});

describe('history file', () => {
  const history = parseHistory(third, timeline(3));

  it('tells each ancestor, its end and the reason', () => {
    expect(history?.ancestors).toEqual([
      { timeline: 1, end: at('0/60000A0'), reason: 'no recovery target specified' },
      { timeline: 2, end: at('0/9000148'), reason: 'before 2026-11-21 11:20:09.064392+00' },
    ]);
  });

  it('tolerates comments and blank lines', () => {
    expect(parseHistory(`# made by hand\n\n   \n${third}`, timeline(3))).toEqual(history);
  });

  it('is empty for the first timeline', () => {
    expect(parseHistory('', timeline(1))).toEqual({ timeline: 1, ancestors: [] });
  });

  it.each([
    ['empty, for a later timeline', ''],
    ['cut in the timeline', '1'],
    ['cut in the LSN', '1\t0/60'],
    ['cut after the LSN', '1\t0/60000A0'],
    ['cut before the reason', '1\t0/60000A0\t\n'],
    ['cut in the second line', '1\t0/60000A0\tx\n2\t0/90'],
    ['the same timeline twice', '1\t0/6000000\tx\n1\t0/7000000\tx\n'],
    ['timelines falling', '2\t0/6000000\tx\n1\t0/7000000\tx\n'],
    ['switch points falling', '1\t0/7000000\tx\n2\t0/6000000\tx\n'],
    ['an ancestor as new as itself', '3\t0/7000000\tx\n'],
    ['the segment name of 9.2', '1\t000000010000000000000006\tx\n'],
    ['binary', '\u0000\u0000\u0000'],
  ])('refuses one that is %s', (_, text) => {
    expect(parseHistory(text, timeline(3))).toBeUndefined();
  });

  it('is never misread when cut anywhere: it is refused, or says a shorter truth', () => {
    fc.assert(
      fc.property(fc.nat({ max: third.length - 1 }), length => {
        const cut = parseHistory(third.slice(0, length), timeline(3));
        for (const [index, ancestor] of (cut?.ancestors ?? []).entries()) {
          expect(ancestor.timeline).toBe(history?.ancestors[index]?.timeline);
          expect(showLsn(ancestor.end)).toBe(showLsn(history?.ancestors[index]?.end ?? lsn(0n)));
        }
      }),
    );
  });

  it('knows ancestors, fork points and who may follow', () => {
    if (!history) throw new Error('the history was not read');
    expect(isAncestor(history, timeline(1))).toBe(true);
    expect(isAncestor(history, timeline(3))).toBe(false);
    expect(forkPoint(history, timeline(2))).toBe(at('0/9000148'));
    expect(forkPoint(history, timeline(4))).toBeUndefined();
    expect(canFollow(history, timeline(2), at('0/9000148'))).toBe(true);
    expect(canFollow(history, timeline(2), at('0/9000149'))).toBe(false);
    expect(canFollow(history, timeline(3), at('1/0'))).toBe(true);
    expect(canFollow(history, timeline(5), at('0/1'))).toBe(false);
  });
});
