// Which books are proven, in status: what an operator reads of it, and that it is valid by its schema.

import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import type { ProvenBook } from '../../../src/monitor/proven.ts';
import { statusSchema } from '../../../src/report/status-schema.ts';
import { statusJson, statusText } from '../../../src/report/status-text.ts';
import { bytes, ms, seconds } from '../../../src/time.ts';
import { at } from './fixture.ts';
import { status } from './status-fixture.ts';

const pitr: ProvenBook = {
  book: 'pitr',
  at: at('03:00:00'),
  how: 'rehearsal',
  on: 'here',
  took: seconds(250),
  size: bytes(1_288_490_189),
  failed: null,
  predicted: seconds(300),
};
const failover: ProvenBook = { ...pitr, book: 'failover', how: 'run', took: ms(4100), size: null, predicted: null };

const lines = (proven: readonly ProvenBook[], width = 120): string[] =>
  statusText({ ...status, proven }, { width, colour: false })
    .split('\n')
    .filter((line, i, all) => line.startsWith('proven:') || all[i - 1]?.startsWith('proven:') === true);

test('when each was last proven, how long it took, and what it would take today', () => {
  expect(lines([pitr, { ...failover, failed: at('04:00:00') }]).slice(0, 2)).toEqual([
    'proven: pitr 2026-11-21 03:00:00 UTC (rehearsal): 4 min 10 s with 1.2 GB; today about 5 min',
    'proven: failover 2026-11-21 03:00:00 UTC (run): 4.1 s; failed 2026-11-21 04:00:00 UTC',
  ]);
  expect(lines([])).toEqual([]);
});

test('is valid by its schema', () => {
  const valid = new Ajv({ strict: false }).compile(JSON.parse(JSON.stringify(statusSchema)) as object);
  const json = JSON.parse(JSON.stringify(statusJson({ ...status, proven: [pitr, failover] }))) as object;
  expect(valid(json), JSON.stringify(valid.errors)).toBe(true);
  expect(valid({ ...json, proven: [{ ...pitr, how: 'hearsay' }] })).toBe(false);
});
