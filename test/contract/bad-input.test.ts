// Every mistake in a file gives one message: its place, the line with a caret, what is wrong, what to write instead.
// Each `NAME.input` is such a file, `NAME.said` the whole message. UPDATE_SAID=1 writes what is said now; read it then.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readRunbook } from '../../src/runbook/book.ts';
import { readDrill } from '../../src/runbook/drill.ts';
import { readInventory } from '../../src/runbook/inventory.ts';
import { type Checked, problemsText } from '../../src/runbook/problems.ts';
import { catalogue } from './bad-input/catalogue.ts';

const readers: Readonly<Record<string, (text: string, file: string) => Checked<unknown>>> = {
  runbook: (text, file) => readRunbook(text, file, catalogue),
  inventory: readInventory,
  drill: (text, file) => readDrill(text, file, catalogue),
};

const folder = new URL('bad-input/', import.meta.url);
const update = process.env['UPDATE_SAID'] !== undefined;

describe.each(Object.entries(readers))('%s', (kind, read) => {
  const names = readdirSync(new URL(`${kind}/`, folder))
    .filter(file => file.endsWith('.input'))
    .map(file => file.replace(/\.input$/, ''));

  it('has a corpus', () => {
    expect(names.length).toBeGreaterThanOrEqual(20);
  });

  it.each(names)('%s', name => {
    const checked = read(readFileSync(new URL(`${kind}/${name}.input`, folder), 'utf8'), `${name}.yaml`);
    if (checked.ok) throw new Error('the file was taken for a good one');
    const said = `${problemsText(checked.problems)}\n`;
    const place = new URL(`${kind}/${name}.said`, folder);
    if (update) writeFileSync(place, said);
    expect(existsSync(place) ? readFileSync(place, 'utf8') : '').toBe(said);
    expect(checked.problems).toHaveLength(1);
    expect(checked.problems[0]?.hint, 'a message says what to write instead').toMatch(/\S/);
    expect(said).not.toMatch(/undefined|\[object|s3cret|hunter22/);
  });
});
