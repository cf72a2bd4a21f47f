// What a server has of the rows that the writer wrote: one by one with their transactions, or as runs of numbers.

import type { NodeName } from '../ports.ts';
import type { Lab } from './lab.ts';
import type { Range } from './ledger.ts';

export interface WrittenRow {
  readonly session: string;
  readonly n: number;
  /** The transaction that wrote it. */
  readonly xid: string;
}

/** By session and number. `run`: what the names of the writer's sessions begin with. */
export async function rowsOn(lab: Lab, node: NodeName, run: string): Promise<WrittenRow[]> {
  const text = await lab.psql(
    node,
    `select session, n, xmin from lifeboat_drill.ledger where session like '${run}-%' order by session, n`,
  );
  return fields(text).map(([session = '', n, xid = '']) => ({ session, n: Number(n), xid }));
}

/** Of each session, ascending. Runs of numbers instead of rows: a long drill writes hundreds of thousands. */
export async function numbersOn(lab: Lab, node: NodeName, run: string): Promise<Map<string, Range[]>> {
  const text = await lab.psql(
    node,
    `select session, min(n), max(n)
     from (select session, n, n - row_number() over (partition by session order by n) as run
           from lifeboat_drill.ledger where session like '${run}-%') as numbered
     group by session, run order by session, min(n)`,
  );
  const numbers = new Map<string, Range[]>();
  for (const [session = '', from, to] of fields(text))
    numbers.set(session, [...(numbers.get(session) ?? []), { from: Number(from), to: Number(to) }]);
  return numbers;
}

const fields = (text: string): string[][] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.split('|'));
