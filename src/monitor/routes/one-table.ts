// One table out of a sandbox, put beside the live ones: the way back for who needs no more than that. Pure.

import { commandLine } from '../../postgres/shell.ts';
import { bookWords } from '../../repo/target-words.ts';
import { bytes } from '../../time.ts';
import { predict } from '../predict.ts';
import type { Route, RouteEvidence } from './route.ts';

/** Where nobody asked for a table there is none. */
export function oneTable(evidence: RouteEvidence): Route[] {
  const { table, target, timeline, found, nodes, place, present, options, measured } = evidence;
  if (table === null) return [];
  const on = nodes.find(({ role }) => role === 'standby')?.node ?? place;
  const why = [
    ...(found.is === 'chosen' ? [] : ['no backup leads to it']),
    ...(present.primary === null ? ['no node says that it is the primary'] : []),
  ];
  const database = nodes.find(({ node }) => node === place)?.site.postgres.database ?? 'postgres';
  const params = ['-p', `database=${database}`, '-p', `table=${table}`, ...bookWords(target, timeline)];
  const line = (...more: string[]): string =>
    commandLine(['lifeboat', 'run', 'rescue-table', ...params, ...more, ...options]);
  const wal = found.is === 'chosen' ? bytes(found.segments.length * found.backup.segmentSize) : bytes(0);
  return [
    {
      route: 'one-table',
      on,
      title: `${table} alone, by way of a sandbox on ${on}; the cluster goes on: book rescue-table`,
      reachable: why.length === 0,
      why,
      loses: 'nothing',
      undo: 'drop the table that was made; lifeboat undo RUN where the run was cut off',
      needs: [],
      time:
        found.is === 'chosen'
          ? predict(
              {
                on,
                book: null,
                parts: [
                  { part: 'restore', bytes: bytes(found.backup.size + wal) },
                  { part: 'replay', bytes: wal },
                ],
              },
              measured,
            )
          : null,
      hurry: null,
      commands: [line('--dry-run'), line()].map(typed => ({ on: null, line: typed })),
      notes: [
        'it comes into the schema rescued, and is put back from there in SQL; whether there is room for the sandbox says the dry run',
        `in another database than ${database}: -p database=NAME`,
      ],
    },
  ];
}
