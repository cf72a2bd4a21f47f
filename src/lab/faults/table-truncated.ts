// An operator truncates the wrong table: a transaction of its own among all those of the load, obeyed by every standby at once.

import { Type } from 'typebox';
import { Fault } from '../../faults.ts';
import { showLsn } from '../../postgres/lsn.ts';
import { transactionEnds, writesAt } from '../history.ts';
import { noteMistake } from '../mistakes.ts';
import { mustBe } from '../upstream.ts';
import { labFault } from './fault.ts';

export const tableTruncated = labFault({
  name: 'table-truncated',
  summary: 'an operator truncates the wrong table; which transaction it was stands in mistake.json of the lab',
  params: Type.Object(
    {
      table: Type.Optional(
        Type.String({
          pattern: '^[a-z_][a-z0-9_]*(\\.[a-z_][a-z0-9_]*)?$',
          default: 'pgbench_history',
          description: 'The table, with its schema where it is not found without',
        }),
      ),
      restore_point: Type.Optional(
        Type.String({
          pattern: '^[^\'"\\\\]{1,63}$',
          description: 'A restore point that is made just before, as somebody careful does',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  example: 'fault: { fault: table-truncated, table: pgbench_history }',
  async break(lab, node, { table = 'pgbench_history', restore_point: name }) {
    await mustBe(lab, node, 'primary');
    const from = await writesAt(lab, node);
    const said = await lab.psql(node.name, mistake(table, name));
    const [full = '', xid = '', file = '', lsn = ''] = said.split('|');
    const end = (await transactionEnds(lab, node, from)).find(one => one.xid === xid);
    if (!end) throw new Fault('failed', `pg_waldump shows no commit of transaction ${xid}`, { on: node.name });
    noteMistake(lab, {
      on: node.name,
      timeline: Number.parseInt(file.slice(0, 8), 16),
      statement: `TRUNCATE ${full}`,
      table: full,
      xid,
      lsn: showLsn(end.lsn),
      time: end.time,
      restorePoint: name === undefined ? null : { name, lsn },
    });
  },
  heal: () => Promise.resolve(),
});

/** The lock first: whoever writes to the table has committed before the restore point, or waits until it is empty. */
const mistake = (table: string, restorePoint: string | undefined): string => `
  begin;
  lock ${table} in access exclusive mode;
  select format('%I.%I', nspname, relname), pg_current_xact_id(), pg_walfile_name(pg_current_wal_lsn()),
    ${restorePoint === undefined ? 'null' : `pg_create_restore_point('${restorePoint}')`}
  from pg_class c join pg_namespace n on n.oid = relnamespace where c.oid = '${table}'::regclass;
  truncate ${table};
  commit`;
