// setting: a setting in force, read from the running server.

import { Type } from 'typebox';
import { checkKind } from '../look/check.ts';
import type { Fact } from '../look/facts.ts';
import { word } from '../runbook/vocabulary.ts';
import { judge } from '../look/judge.ts';

const factOf = { restore_command: 'restoreCommand', synchronous_standby_names: 'synchronousStandbyNames' } as const;

export const setting = checkKind({
  name: 'setting',
  summary: 'A setting in force on the running server',
  params: Type.Object({
    name: word(['restore_command', 'synchronous_standby_names']),
    is: Type.String({ description: 'Its value; empty for none' }),
  }),
  example: "{ check: setting, on: standby, name: restore_command, is: '' }",
  words: (on, { name, is }) => `${on} ${name} is ${is === '' ? 'empty' : `'${is}'`}`,
  test: async (on, { name, is }, look) =>
    judge(await look.fact(on, factOf[name]), {
      expected: is === '' ? 'empty' : `'${is}'`,
      show: value => (value === '' ? 'empty' : `'${value}'`),
      holds: value => value === is,
    }),
  forecast: ({ name, is }): Partial<Record<Fact, { value: never }>> => ({ [factOf[name]]: { value: is as never } }),
});
