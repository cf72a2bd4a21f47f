// no-recovery-target: no recovery target is set any more: copied into a standby it would make that one promote itself at the next commit.

import { Type } from 'typebox';
import { checkKind } from '../look/check.ts';
import { judge } from '../look/judge.ts';
import { mapKnown } from '../look/facts.ts';

/** Any of them ends a recovery; empty ones do not count. */
export const targetNames = ['', '_time', '_xid', '_lsn', '_name'].map(end => `recovery_target${end}`);

const listed = targetNames.map(name => `'${name}'`).join(', ');
const inForce = `select name || ' = ' || setting from pg_settings where name in (${listed}) and setting <> ''`;
const inFiles = `select name || ' = ' || setting || ' in ' || sourcefile from pg_file_settings where name in (${listed}) and setting <> ''`;

export const noRecoveryTarget = checkKind({
  name: 'no-recovery-target',
  summary:
    'No recovery_target, recovery_target_time, _xid, _lsn or _name is in force or stands in a file of the server',
  params: Type.Object({
    files: Type.Optional(Type.Boolean({ description: 'In files only: what is in force goes at the next start' })),
  }),
  example: '{ check: no-recovery-target, on: primary }',
  words: (on, { files }) => `no recovery target is left ${files === true ? 'in the files of' : 'on'} ${on}`,
  test: async (on, { files = false }, look) =>
    judge(
      mapKnown(await look.rows(on, files ? inFiles : `${inForce} union ${inFiles} order by 1`), rows =>
        rows.map(([line = '']) => line).join('; '),
      ),
      {
        expected: 'none',
        show: lines => (lines === '' ? 'none' : lines),
        holds: lines => lines === '',
        hint: `take it out: ALTER SYSTEM RESET …, or the line in the file named, and restart ${on}`,
      },
    ),
  forecast: () => ({}),
});
