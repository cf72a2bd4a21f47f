// Compares a text with the file that holds it; UPDATE_GOLDEN=1 writes the file anew, to be read before it is committed.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';

const folder = new URL('files/', import.meta.url);

export function expectGolden(name: string, text: string): void {
  const file = new URL(`${name}.txt`, folder);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, `${text}\n`);
  }
  expect(`${text}\n`).toBe(readFileSync(file, 'utf8'));
}
