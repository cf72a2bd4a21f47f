// A drill as written → its acts: what goes wrong, what the operator goes back to, and what must then be true.

import { expect, it } from 'vitest';
import { readDrill } from '../../../src/runbook/drill.ts';
import type { Drill } from '../../../src/runbook/drill-types.ts';
import { catalogue, good } from './support.ts';

const drill = (rest: string): Drill =>
  good(readDrill(`drill: tried\ntitle: Tried out\n${rest}`, 'tried.yaml', catalogue));

it('says nothing of a repository: there is none, nobody looks back, and nothing is asked of the tables', () => {
  const { topology, acts } = drill('fault: { fault: killed }\nrunbook: { name: failover }\n');
  expect(topology.repository).toBeUndefined();
  expect(acts).toMatchObject([
    {
      note: undefined,
      noticedAfter: 0,
      backup: false,
      target: undefined,
      proof: { lost: 0, tables: undefined, noted: undefined, timeline: { before: 1, after: 2 } },
    },
  ]);
});

it('goes back to just before a mistake', () => {
  const { topology, acts } = drill(`topology: { repository: {} }
note: select 1
fault: { fault: truncated, table: t }
noticed_after: 1500ms
target: { find: { op: truncate } }
runbook: { name: pitr, params: { backup: last } }
proof: { lost: after-target, tables: unchanged, noted: select 1 }
`);
  expect(topology.repository).toEqual({ receiver: 'asynchronous' });
  expect(acts).toMatchObject([
    {
      note: 'select 1',
      fault: { fault: 'truncated', on: undefined, with: { table: 't' } },
      noticedAfter: 1500,
      target: { find: { op: 'truncate' }, by: 'xid', early: 0 },
      proof: { lost: 'after-target', tables: 'unchanged', noted: 'select 1' },
    },
  ]);
});

it('several acts: a backup that a later one comes back to needs no repository', () => {
  const { topology, acts } = drill(`acts:
  - backup: true
    note: select 1
    runbook: { name: backup-logical }
  - fault: { fault: killed }
    runbook: { name: restore-logical }
    proof: { lost: after-backup, tables: as-backed-up, noted: select 1 }
`);
  expect(topology.repository).toBeUndefined();
  expect(acts.map(({ backup, proof: { lost, tables } }) => [backup, lost, tables])).toEqual([
    [true, 0, undefined],
    [false, 'after-backup', 'as-backed-up'],
  ]);
});

it('early: by time alone, so much before it', () => {
  const { acts } = drill(`topology: { repository: { receiver: none } }
acts:
  - fault: { fault: truncated, table: t }
    target: { by: time, early: 2s }
    runbook: { name: pitr }
`);
  expect(acts[0]?.target).toEqual({ find: undefined, by: 'time', early: 2000 });
});

it('a rehearsal: on a copy, which the repository is needed for, and a story of its own', () => {
  const runbook = 'runbook: { name: failover, rehearse: true, params: { down_for: 1s } }';
  const { acts } = drill(`topology: { repository: {} }\nacts:\n  - ${runbook}\n`);
  expect(acts).toMatchObject([{ fault: undefined, runbook: { name: 'failover', rehearse: true, bind: {} } }]);
  const text = `drill: tried
title: Tried out
acts:
  - fault: { fault: killed }
    runbook: { name: failover, rehearse: true, bind: { primary: node1 } }
`;
  const read = readDrill(text, 'tried.yaml', catalogue);
  expect(read.ok ? [] : read.problems.map(({ line, message }) => `${String(line)} ${message}`)).toEqual([
    '4 "fault" cannot stand beside a rehearsal',
    '5 the cluster has no backup to make a copy of',
    '5 "bind" cannot stand beside a rehearsal',
  ]);
});

it('a table that is to be rescued needs a moment, and the tables as they were then', () => {
  const text = `drill: tried
title: Tried out
topology: { repository: {} }
fault: { fault: killed }
runbook: { name: rescue-table }
proof: { rescued: rescued.pgbench_history }
`;
  const read = readDrill(text, 'tried.yaml', catalogue);
  expect(read.ok ? [] : read.problems.map(({ line, message }) => `${String(line)} ${message}`)).toEqual([
    '6 nobody knows what it held, or from when',
  ]);
});
