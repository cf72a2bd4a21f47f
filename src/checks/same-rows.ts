// same-rows: a table that was copied out of a sandbox holds the rows that it had there, each of them and no other.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { installation } from '../look/installation.ts';
import { judgeKnown } from '../look/judge.ts';
import { isCopyArgv } from '../look/table-rows.ts';
import { localConnection } from '../postgres/commands-client.ts';
import { parseTableName, showTable } from '../postgres/table-name.ts';
import { seconds } from '../time.ts';

/** Every row is read. */
const within = seconds(24 * 3600);

export const sameRows = checkKind({
  name: 'same-rows',
  summary:
    'A table that was copied out of a sandbox holds the rows that were counted and summed up there; its comment says which',
  params: Type.Object({
    database: Type.String({ minLength: 1 }),
    table: Type.String({ minLength: 1, description: 'As in SQL: rescued.orders, rescued."Odd name"' }),
  }),
  example: '{ check: same-rows, on: primary, database: app, table: rescued.orders }',
  words: (on, { database, table }) => `${table} in database ${database} of ${on} holds the rows that were copied`,
  async test(on, { database, table }, look): Promise<Verdict> {
    const name = parseTableName(table);
    if (name === undefined) return { is: 'fails', expected: 'the name of a table', found: table };
    const site = look.node(on);
    const to = { ...localConnection(installation(site), database), user: site.postgres.user };
    return judgeKnown(
      await look.read(on, isCopyArgv(site.postgres.bin, to, name), within),
      ({ code, stdout, stderr }): Verdict => {
        const expected = 'the rows that its comment speaks of';
        if (code !== 0) return { is: 'fails', expected, found: stderr.trim().split('\n').at(-1) ?? '' };
        const [same = '', rows = '', ...comment] = stdout.trim().split('|');
        if (same === 't') return { is: 'holds', found: rows };
        const said = comment.join('|');
        return {
          is: 'fails',
          expected: said === '' ? expected : said,
          found: rows,
          hint: `somebody has written to ${showTable(name)} since, or it was never a copy`,
        };
      },
    );
  },
  forecast: () => ({}),
});
