// What --progress prints: told apart from talk, in bytes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyProgress, progressIn } from '../../../src/postgres/progress.ts';

const kB = 1024;

describe('a line of progress', () => {
  it.each([
    ['pg_basebackup', '12345/67890 kB (18%), 0/1 tablespace', 12345, 67890],
    ['pg_basebackup, its numbers padded', '    0/67890 kB (0%), 0/2 tablespaces', 0, 67890],
    ['pg_basebackup, at the end', '67890/67890 kB (100%), 1/1 tablespace', 67890, 67890],
    ['pg_basebackup -v', '12345/67890 kB (18%), 0/1 tablespace (.../disk1/data/base/5/1249     )', 12345, 67890],
    ['pg_rewind', ' 12345/67890 kB (18%) copied', 12345, 67890],
    ['pg_verifybackup', '12345/67890 kB (18%) verified', 12345, 67890],
    ['pg_checksums', '12/345 MB (3%) computed', 12 * kB, 345 * kB],
  ])('of %s', (_, line, done, of) => {
    expect(copyProgress(line)).toEqual({ bytes: done * kB, of: of * kB });
  });

  it.each([
    'waiting for checkpoint',
    // --no-estimate-size: how much there is is not known.
    '12345 kB, 0/1 tablespace',
    'pg_basebackup: error: could not write 12/34 kB (18%), 0/1 tablespace',
    '12/34 kB (18%)',
    '',
  ])('is not "%s"', line => {
    expect(copyProgress(line)).toBeUndefined();
  });
});

describe('a piece of output', () => {
  it('tells the latest progress, and what else was said', () => {
    const piece = [
      'waiting for checkpoint',
      '    0/67890 kB (0%), 0/1 tablespace',
      '12345/67890 kB (18%), 0/1 tablespace',
      'NOTICE:  all required WAL segments have been archived',
      '',
    ];
    const found = {
      progress: { bytes: 12345 * kB, of: 67890 * kB },
      rest: 'waiting for checkpoint\nNOTICE:  all required WAL segments have been archived',
    };
    for (const end of ['\n', '\r', '\r\n']) expect(progressIn(piece.join(end))).toEqual(found);
  });

  it('of talk alone is left as it is', () => {
    expect(progressIn('waiting for server to stop....')).toEqual({
      progress: undefined,
      rest: 'waiting for server to stop....',
    });
    expect(progressIn('\n')).toEqual({ progress: undefined, rest: '' });
  });

  it('never throws, and loses no word', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[^\r\n]*$/)), lines => {
        const { rest } = progressIn(lines.join('\n'));
        expect(rest.split('\n').filter(line => line !== '')).toEqual(lines.filter(line => line.trim() !== ''));
      }),
    );
  });
});
