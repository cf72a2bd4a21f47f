import { expect, it } from 'vitest';
import { parseLsn, showLsn } from '../../../src/postgres/lsn.ts';
import { endOfWaldump } from '../../../src/postgres/waldump.ts';

const size = 16 * 1024 * 1024;
const missing = 'No such file or directory';

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
  [`could not find file "000000010000000000000023": ${missing}`, '0/2226C018', '0/22FFFFFF 0/23000000'],
  [`could not find file "000000010000000000000023": ${missing}`, '0/23000000', '0/22FFFFFF 0/23000000'],
  [`could not find file "000000010000000000000022": ${missing}`, '0/2226C018', undefined],
  ['could not open file "pg_wal/000000010000000000000022": Permission denied', '0/2226C018', undefined],
])('%s', (stderr, start, expected) => {
  expect(read(stderr, start)).toBe(expected);
});
