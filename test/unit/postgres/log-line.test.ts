// The server log in its three formats: entries, what belongs to them, and at which byte they lie.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLog } from '../../../src/postgres/log-line.ts';
import type { LogFormat, ParsedLog } from '../../../src/postgres/log-line.ts';
import { entriesOf, fixture, prefix } from './fixture.ts';

const stderr = (text: string, linePrefix?: string, offset = 0): ParsedLog =>
  parseLog(text, { format: 'stderr', offset, ...(linePrefix !== undefined && { prefix: linePrefix }) });

const genuine: [string, LogFormat][] = [
  ['15-promotion.stderr.txt', 'stderr'],
  ['15-promotion.csv', 'csvlog'],
  ['15-promotion.json.txt', 'jsonlog'],
  ['15-switchback.stderr.txt', 'stderr'],
  ['15-session.stderr.txt', 'stderr'],
  ['15-session.csv', 'csvlog'],
  ['15-session.json.txt', 'jsonlog'],
];

describe.each(genuine)('%s', (name, format) => {
  const bytes = fixture(name);
  const source = { format, prefix, offset: 0 };
  const whole = parseLog(bytes, source);

  it('has each entry at the byte where it begins', () => {
    expect(whole.rest).toBe(bytes.length);
    for (const entry of whole.entries) {
      const line = bytes.toString('utf8', entry.offset, bytes.indexOf(10, entry.offset));
      expect(line).toContain(entry.time);
      expect(line).toContain(
        entry.message.split('\n')[0]?.replaceAll('"', format === 'csvlog' ? '""' : format === 'jsonlog' ? '\\"' : '"'),
      );
    }
  });

  it('says the same when read in two pieces, cut anywhere', () => {
    fc.assert(
      fc.property(fc.nat({ max: bytes.length }), cut => {
        const first = parseLog(bytes.subarray(0, cut), source);
        const second = parseLog(bytes.subarray(first.rest), { ...source, offset: first.rest });
        expect(first.rest).toBeLessThanOrEqual(cut);
        expect(second.rest).toBe(bytes.length);
        const heads = [...first.entries, ...second.entries].filter(entry => entry.message !== '');
        expect(heads.map(entry => [entry.offset, entry.pid])).toEqual(
          whole.entries.map(entry => [entry.offset, entry.pid]),
        );
      }),
    );
  });
});

describe('the same story', () => {
  it('is told by all three formats', () => {
    const story = (name: string, format: LogFormat) =>
      entriesOf(name, format).map(({ message, severity, detail, pid }) => ({ message, severity, detail, pid }));
    const json = story('15-promotion.json.txt', 'jsonlog');
    expect(json.length).toBeGreaterThan(20);
    expect(story('15-promotion.csv', 'csvlog')).toEqual(json);
    // libpq ends its texts with a newline, of which the plain format leaves nothing.
    const trimmed = json.map(entry => ({ ...entry, message: entry.message.trimEnd() }));
    expect(
      story('15-promotion.stderr.txt', 'stderr').map(entry => ({ ...entry, message: entry.message.trimEnd() })),
    ).toEqual(trimmed);
  });

  it.each(genuine.slice(4))('%s keeps the statement with its newline and the letters beyond ASCII', (name, format) => {
    const error = entriesOf(name, format).find(entry => entry.severity === 'ERROR');
    expect(error?.message).toMatch(/^relation "nowhere_é" does not exist/);
    expect(error?.statement).toBe("select 'héé'\n from nowhere_é");
    expect(error?.sqlstate).toBe(format === 'stderr' ? undefined : '42P01');
    expect(error?.backend).toBe(format === 'stderr' ? undefined : 'client backend');
  });
});

describe('stderr', () => {
  it('passes over what a restore_command printed', () => {
    const text = fixture('15-promotion.stderr.txt').toString();
    expect(text).toContain("cp: cannot stat '/tmp");
    expect(entriesOf('15-promotion.stderr.txt').some(entry => /cannot stat/.test(JSON.stringify(entry)))).toBe(false);
    expect(stderr('psql: error: failed: FATAL:  the database system is starting up\n', prefix).entries).toEqual([]);
  });

  it.each([
    ['', 'LOG:  x', {}],
    ['%m [%p] ', '2026-11-21 11:20:04.688 UTC [42] LOG:  x', { pid: 42, time: '2026-11-21 11:20:04.688 UTC' }],
    [
      '%t:%r:%u@%d:[%p]:',
      '2026-11-21 11:20:04 JST:10.0.0.1(5432):me@my db:[42]:LOG:  x',
      { pid: 42, time: '2026-11-21 11:20:04 JST' },
    ],
    ['%t:%r:%u@%d:[%p]:', '2026-11-21 11:20:04 +09::@:[42]:LOG:  x', { pid: 42, time: '2026-11-21 11:20:04 +09' }],
    [
      '%t [%p]: user=%u,db=%d,app=%a,client=%h ',
      '2026-11-21 11:20:04 UTC [42]: user=,db=,app=,client= LOG:  x',
      { pid: 42, time: '2026-11-21 11:20:04 UTC' },
    ],
    [
      '%n %p %b %e ',
      '1795260004.688 42 background writer 00000 LOG:  x',
      { pid: 42, time: '1795260004.688', backend: 'background writer' },
    ],
    ['%b|%e|', 'startup|53100|LOG:  x', { backend: 'startup', sqlstate: '53100' }],
    ['[%8p] [%-20b] ', '[      42] [walreceiver         ] LOG:  x', { pid: 42, backend: 'walreceiver' }],
    ['%p %q%u@%d ', '42 LOG:  x', { pid: 42 }],
    ['%p %q%u@%d ', '42 me@db LOG:  x', { pid: 42 }],
    ['<%c-%l> %x %v %s %P %Q %i %%', '<6b017e64.d19-3> 0 4/46 2026-11-21 11:20:04 UTC  -12 SELECT %LOG:  x', {}],
    ['%c.%l ', '6b017e64.d19.3 LOG:  x', {}],
    ['(%p) $^.*+?[]{}|\\/ ', '(42) $^.*+?[]{}|\\/ LOG:  x', { pid: 42 }],
    ['%a [%p] ', 'a LOG app [42] LOG:  x', { pid: 42 }],
  ])('under the prefix %j', (linePrefix, line, fields) => {
    expect(stderr(`${line}\n`, linePrefix).entries).toEqual([{ message: 'x', severity: 'LOG', offset: 0, ...fields }]);
  });

  it.each([
    ['LOG:  x', {}],
    ['2026-11-21 11:20:04.688 UTC [42] LOG:  x', { pid: 42, time: '2026-11-21 11:20:04.688 UTC' }],
    ['2026-11-21 11:20:04 UTC [42-1] me@db LOG:  x', { pid: 42, time: '2026-11-21 11:20:04 UTC' }],
    ['anything at all LOG:  x', {}],
  ])('finds the severity under a prefix that is not known: %s', (line, fields) => {
    const expected = [{ message: 'x', severity: 'LOG', offset: 0, ...fields }];
    expect(stderr(`${line}\n`).entries).toEqual(expected);
    expect(stderr(`${line}\n`, '%m {%p} ').entries).toEqual(expected);
  });

  it('gives a DETAIL to its own process, however the lines of several are mixed', () => {
    const { entries } = stderr(
      '[1] LOG:  a\n[2] LOG:  b\n[1] DETAIL:  of a\n[2] HINT:  of b\n\tcontinued\n[1] CONTEXT:  c\n',
      '[%p] ',
    );
    expect(entries).toMatchObject([
      { message: 'a', detail: 'of a', context: 'c', pid: 1 },
      { message: 'b', hint: 'of b\ncontinued', pid: 2 },
    ]);
  });

  it('keeps a DETAIL whose message was read before', () => {
    const { entries } = stderr('[7] DETAIL:  End of WAL reached on timeline 1 at 0/60000A0.\n', '[%p] ', 100);
    expect(entries).toEqual([
      { message: '', detail: 'End of WAL reached on timeline 1 at 0/60000A0.', pid: 7, offset: 100 },
    ]);
  });

  it('does not attach a continuation to what lies before foreign output', () => {
    expect(stderr('LOG:  a\ncp: gone\n\tindented by cp\n').entries).toMatchObject([{ message: 'a' }]);
  });

  it('reads verbose messages', () => {
    const { entries } = stderr(
      'ERROR:  42P01: relation "x" does not exist\nLOCATION:  parserOpenTable, parse_relation.c:1392\n',
      '',
    );
    expect(entries).toEqual([
      { message: 'relation "x" does not exist', severity: 'ERROR', sqlstate: '42P01', offset: 0 },
    ]);
    expect(stderr('ERROR:  STDIN: no sqlstate\n', '').entries[0]?.message).toBe('STDIN: no sqlstate');
  });

  it('leaves a line that is not finished', () => {
    expect(stderr('LOG:  a\nLOG:  é and', '', 1000)).toMatchObject({ entries: [{ message: 'a' }], rest: 1008 });
  });

  it('counts bytes, not characters, and survives what is no UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from('LOG:  é\n'),
      Buffer.from([0x4c, 0x4f, 0x47, 0x3a, 0x20, 0x20, 0xb5, 0xc4, 0x0a]),
      Buffer.from('LOG:  end\n'),
    ]);
    expect(parseLog(bytes, { format: 'stderr', prefix: '', offset: 0 }).entries.map(entry => entry.offset)).toEqual([
      0, 9, 18,
    ]);
  });
});

describe('csvlog and jsonlog', () => {
  it('csv: a record that is open at the end is left, one cut at its head passed over', () => {
    const text = fixture('15-session.csv').toString();
    const inside = Buffer.byteLength(text.slice(0, text.indexOf(' from nowhere')));
    const head = parseLog(Buffer.from(text).subarray(0, inside), { format: 'csvlog', offset: 0 });
    expect(head.entries).toHaveLength(1);
    expect(head.rest).toBe(Buffer.byteLength(text.slice(0, text.indexOf('\n') + 1)));
    const tail = parseLog(Buffer.from(text).subarray(inside), { format: 'csvlog', offset: inside });
    expect(tail.entries.map(entry => entry.message)).toEqual(['connection received: host=[local]']);
  });

  it('json: what is no entry is passed over', () => {
    const text = '{"a":1}\nnull\n"x"\n{broken\n{"error_severity":"LOG","message":"m","pid":1}\n';
    expect(parseLog(text, { format: 'jsonlog', offset: 0 }).entries).toEqual([
      { message: 'm', severity: 'LOG', pid: 1, offset: 25 },
    ]);
  });

  it('takes no bytes that crash it', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom<LogFormat>('stderr', 'csvlog', 'jsonlog'), (bytes, format) => {
        expect(parseLog(bytes, { format, offset: 5 }).rest).toBeLessThanOrEqual(bytes.length + 5);
      }),
    );
  });
});
