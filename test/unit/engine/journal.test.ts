// The journal's chain: a changed or missing line shows, a torn one never counted.

import { expect, test } from 'vitest';
import { MemoryLedger, processIn } from '../../../src/drivers/memory.ts';
import { decode, encode } from '../../../src/engine/json.ts';
import { Journal, readJournal } from '../../../src/engine/journal.ts';
import { lsn } from '../../../src/postgres/lsn.ts';
import type { StepId } from '../../../src/runbook/book-types.ts';
import { healthy } from './support.ts';

const done = (step: string) => ({ e: 'done', step: step as StepId, is: 'done', why: null }) as const;

async function written(...steps: string[]): Promise<MemoryLedger> {
  const ledger = new MemoryLedger();
  const journal = await Journal.open(ledger, processIn(healthy()).site.clock);
  for (const step of steps) await journal.add(done(step));
  return ledger;
}

const stepsOf = (lines: readonly string[]): unknown[] =>
  readJournal(lines).events.map(event => 'step' in event && event.step);

test('what was written is read back, in order, and gone on from', async () => {
  const ledger = await written('a', 'b');
  const journal = await Journal.open(ledger, processIn(healthy()).site.clock);
  await journal.add(done('c'));
  expect(stepsOf(await ledger.lines())).toEqual(['a', 'b', 'c']);
});

test('a torn last line never counted, and what is written after it does', async () => {
  const ledger = await written('a', 'b');
  ledger.tear();
  expect(stepsOf(await ledger.lines())).toEqual(['a']);
  const journal = await Journal.open(ledger, processIn(healthy()).site.clock);
  await journal.add(done('b again'));
  expect(stepsOf(await ledger.lines())).toEqual(['a', 'b again']);
});

test.each([
  ['changed', (lines: string[]) => lines.map((line, at) => (at === 1 ? line.replace('"b"', '"x"') : line))],
  ['missing', (lines: string[]) => lines.filter((_, at) => at !== 1)],
  ['made unreadable', (lines: string[]) => lines.map((line, at) => (at === 1 ? line.slice(1) : line))],
  ['told in another order', (lines: string[]) => [lines[1]!, lines[0]!, lines[2]!]],
])('a line that is %s is found', async (_, change) => {
  const lines = [...(await (await written('a', 'b', 'c')).lines())];
  expect(() => readJournal(change(lines))).toThrow(/the journal was changed or is damaged at line \d/);
});

test('LSNs beyond what a JSON number keeps come back as they were', () => {
  const value = { at: lsn(0xffffffff_ffffffffn), none: null, list: [lsn(1n)] };
  expect(decode(encode(value))).toEqual(value);
});
