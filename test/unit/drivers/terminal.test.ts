// A person who types, and one who walks away.

import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { terminalPerson } from '../../../src/drivers/terminal.ts';

const terminal = (isTTY = false) => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  return { input, output, person: terminalPerson({ input: Object.assign(input, { isTTY }), output }) };
};

it('gives the line typed', async () => {
  const { input, output, person } = terminal();
  const answer = person.ask('really? ');
  input.write('yes\n');
  expect(await answer).toBe('yes');
  expect(String(output.read())).toContain('really? ');
  const second = person.ask('and now? ');
  input.write('\n');
  expect(await second).toBe('');
});

it('gives null for Ctrl-C, Ctrl-D and the end of input', async () => {
  for (const typed of ['\u0003', '\u0004']) {
    const { input, person } = terminal(true);
    const answer = person.ask('really? ');
    input.write(typed);
    expect(await answer).toBeNull();
  }
  const { input, person } = terminal();
  const answer = person.ask('really? ');
  input.end();
  expect(await answer).toBeNull();
});
