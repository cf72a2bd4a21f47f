// A journal on disk: order, and what a crash in the middle of a line leaves.

import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { fileLedger } from '../../../src/drivers/journal-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'lb-journal-'));
afterAll(() => rmSync(directory, { recursive: true }));

it('keeps the order of its lines, and comes with the first', async () => {
  const path = join(directory, 'deep/er/journal.jsonl');
  const ledger = fileLedger(path);
  expect(await ledger.lines()).toEqual([]);
  expect(existsSync(path)).toBe(false);
  const lines = Array.from({ length: 50 }, (_, i) => `line ${i} ü`);
  await Promise.all(lines.map((line, i) => ledger.append(line, i % 7 === 0)));
  expect(await fileLedger(path).lines()).toEqual(lines);
  await expect(ledger.append('a\nb', true)).rejects.toThrow('newline');
});

it('drops a torn last line before it goes on', async () => {
  const path = join(directory, 'torn.jsonl');
  await fileLedger(path).append('whole', true);
  appendFileSync(path, '{"half of an ü');
  const again = fileLedger(path);
  expect(await again.lines()).toEqual(['whole']);
  await again.append('next', true);
  expect(readFileSync(path, 'utf8')).toBe('whole\nnext\n');
});
