// The tree of timelines as the operator reads it, whole, as it stands in files/.
import { expect, test } from 'vitest';
import { timelineTree } from '../../src/monitor/timelines.ts';
import type { NodeName } from '../../src/ports.ts';
import { parseLsn } from '../../src/postgres/lsn.ts';
import { timeline } from '../../src/postgres/timeline.ts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { timelinesJson, timelinesSchema } from '../../src/report/timelines-data.ts';
import { timelinesText } from '../../src/report/timelines-text.ts';
import type { Instant } from '../../src/time.ts';
import { expectGolden } from './golden.ts';

const file = (number: string, at: string, text: string) => ({ name: `${number}.history`, at: at as Instant, text });
const why = 'no recovery target specified';
const second = file('00000002', '2026-11-20T03:13:02.000Z', `1\t0/30000A0\t${why}\n`);
const tenth = file(
  '0000000A',
  '2026-11-21T01:00:12.000Z',
  `1\t0/30000A0\t${why}\n\n2\t0/9000148\tbefore 2026-11-20 16:45:04.090643+00\n`,
);
const other = file('0000000A', '2026-11-21T02:20:00.000Z', `1\t0/30000A0\t${why}\n\n2\t0/A000000\t${why}\n`);
const node = (name: string, role: 'primary' | 'standby' | 'down', line: number, end: string | null) => ({
  node: name as NodeName,
  role,
  timeline: timeline(line),
  end: end === null ? null : (parseLsn(end) ?? null),
});
const place = (on: string, kind: 'pg_wal' | 'archive', ...histories: (typeof second)[]) => ({
  on: on as NodeName,
  kind,
  histories,
  wal: [],
});

const found = {
  cluster: 'main',
  at: '2026-11-21T03:12:44.000Z' as Instant,
  tree: timelineTree({
    segmentSize: 16 * 1024 ** 2,
    places: [
      place('node1', 'pg_wal', second, tenth),
      {
        ...place('node1', 'archive', second, file('0000000B', '2026-11-21T02:00:00.000Z', `1\t0/30000A0\t${why}\n`)),
        wal: [{ timeline: timeline(1), first: '000000010000000000000001', last: '000000010000000000000005' }],
      },
      place('node2', 'pg_wal', second, tenth),
      place('node3', 'pg_wal', second),
      place('node4', 'pg_wal', second, other),
      place('node4', 'archive', file('0000000C', '2026-11-21T02:30:00.000Z', '2\t0/')),
    ],
    nodes: [
      node('node1', 'primary', 10, '0/B000060'),
      node('node2', 'standby', 10, '0/B000060'),
      node('node3', 'down', 2, '0/9100148'),
      node('node4', 'down', 10, null),
    ],
    unseen: [{ on: 'node5' as NodeName, what: 'the node', why: 'no SSH session: connect ETIMEDOUT 172.16.3.105:22' }],
  }),
};

test('timelines', () => {
  for (const width of [80, 40])
    expectGolden(`timelines-${String(width)}`, timelinesText(found, { width, colour: false }));
});

test('as JSON it fits its schema', () => {
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(JSON.stringify(timelinesSchema)));
  validate(timelinesJson(found));
  expect(validate.errors).toBeNull();
});
