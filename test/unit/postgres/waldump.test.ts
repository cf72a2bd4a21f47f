import { expect, it } from 'vitest';
import { lsn, parseLsn, showLsn } from '../../../src/postgres/lsn.ts';
import { timeline } from '../../../src/postgres/timeline.ts';
import { endOfWaldump, lastRecord, readableTo } from '../../../src/postgres/waldump.ts';

const size = 16 * 1024 * 1024;

function read(stderr: string, start: string): string | undefined {
  const from = parseLsn(start);
  const found = from === undefined ? undefined : endOfWaldump(`pg_waldump: error: ${stderr}`, from, size);
  return found && `${showLsn(found.last)} ${showLsn(found.end)}`;
}

it.each([
  [
    'error in WAL record at 0/1774A20: invalid record length at 0/1774A58: wanted 24, got 0',
    '0/1774000',
    '0/1774A20 0/1774A58',
  ],
  [
    'error in WAL record at 0/1774A20: invalid record length at 0/1774A58: expected at least 24, got 0',
    '0/1774000',
    '0/1774A20 0/1774A58',
  ],
  [
    'error in WAL record at 0/5001FE8: unexpected pageaddr 0/1002000 in log segment 000000010000000000000005, offset 8192',
    '0/5000028',
    '0/5001FE8 0/5002000',
  ],
  [
    'error in WAL record at 0/5001FE8: unexpected pageaddr 0/1002000 in WAL segment 000000010000000000000005, LSN 0/5002000, offset 8192',
    '0/5000028',
    '0/5001FE8 0/5002000',
  ],
  ['error in WAL record at 0/5001FE8: something new', '0/5000028', '0/5001FE8 0/6000000'],
  ['could not find a valid record after 0/1774A58', '0/1774A58', '0/1774A57 0/1774A58'],
  ['could not open file "pg_wal/000000010000000000000022": Permission denied', '0/2226C018', undefined],
])('%s', (stderr, start, expected) => {
  expect(read(stderr, start)).toBe(expected);
});

it('the last record printed', () => {
  const line = (at: string) =>
    `rmgr: XLOG        len (rec/tot):     24/    24, tx:          0, lsn: ${at}, prev 0/22337850, desc: SWITCH \n`;
  expect(lastRecord(line('0/22337850') + line('0/22337890'))).toBe(parseLsn('0/22337890'));
  expect(lastRecord('pg_waldump: first record is after 0/2\n')).toBeUndefined();
});

it('what can be read without a gap', () => {
  const files = [
    '000000010000000000000021',
    '000000010000000000000022',
    '000000010000000000000024',
    '00000002.history',
  ];
  const to = (start: string) => {
    const from = parseLsn(start) ?? lsn(0n);
    const found = readableTo(files, timeline(1), from, size);
    return found === undefined ? undefined : showLsn(found);
  };
  expect(to('0/2126C018')).toBe('0/23000000');
  expect(to('0/24000000')).toBe('0/25000000');
  expect(to('0/23000000')).toBeUndefined();
});
