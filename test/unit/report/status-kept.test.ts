// What is kept of a cluster, in status: what an operator reads of it, and that it is valid by its schema.

import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import type { KeptStatus } from '../../../src/report/status-data.ts';
import { statusSchema } from '../../../src/report/status-schema.ts';
import { statusJson, statusText } from '../../../src/report/status-text.ts';
import { bytes, ms } from '../../../src/time.ts';
import { at, lsn } from './fixture.ts';
import { status } from './status-fixture.ts';

const kept: KeptStatus = {
  repository: '/var/lib/lifeboat',
  trouble: null,
  last: {
    id: '20261121T001000Z-k3f9',
    taken: at('00:12:45'),
    age: ms(10_800_000),
    size: bytes(1_500_000_000),
    replay: bytes(200_000_000),
    proven: { at: at('01:00:00'), how: 'read', ok: true },
  },
  receiver: { owner: 'postgres@ops1', pid: 4711, since: at('00:00:00') },
  received: { timeline: 2, lsn: lsn('1F/1A2B000'), at: at('03:12:44') },
  exposure: { bytes: bytes(968), time: ms(1000), best: 'repository' },
};

const said = (backup?: KeptStatus): string[] =>
  statusText({ ...status, ...(backup && { backup }) }, { width: 120, colour: false }).split('\n');

/** Lines that there are because of it. */
const more = (backup: KeptStatus): string[] => said(backup).filter(line => !said().includes(line));

test('last backup, receiver, and what would be lost now', () => {
  expect(more(kept)).toEqual([
    'last backup: 20261121T001000Z-k3f9, 3 h old, proven 2026-11-21 01:00:00 UTC (read)',
    'WAL: kept up to 1F/1A2B000 on timeline 2; received by postgres@ops1, process 4711',
    'would be lost now: 968 B, written within 1 s; repository has the rest',
    'repository: /var/lib/lifeboat',
  ]);
});

test('nothing is kept, nobody receives; nobody but the primary has any WAL; all is safe', () => {
  const bare = { ...kept, last: null, receiver: null, received: null };
  const exposure = { bytes: bytes(1000), time: null, best: null };
  expect(more({ ...bare, exposure }).join('\n')).toMatch(
    /last backup: none that is OK[^]*WAL: none is kept; no receiver is at work[^]*would be lost now: everything since/,
  );
  expect(more({ ...bare, exposure: null }).join('\n')).not.toContain('lost');
  expect(more({ ...kept, exposure: { bytes: bytes(0), time: ms(0), best: 'node3' } })).toContain(
    'would be lost now: nothing: node3 has all WAL of the primary',
  );
});

test('a repository that cannot be read is one line, and the nodes are told as ever', () => {
  const nothing = { repository: 'local', last: null, receiver: null, received: null, exposure: null };
  expect(more({ ...nothing, trouble: 'permission denied' })).toEqual(['repository: permission denied']);
});

test('is valid by its schema', () => {
  const valid = new Ajv({ strict: false }).compile(JSON.parse(JSON.stringify(statusSchema)) as object);
  const json = JSON.parse(JSON.stringify(statusJson({ ...status, backup: kept }))) as Record<string, object>;
  expect(valid(json), JSON.stringify(valid.errors)).toBe(true);
  expect(json['backup']).toMatchObject({ received: { lsn: '1F/1A2B000' }, exposure: { bytes: 968, time: 1000 } });
  expect(valid({ ...json, backup: { ...kept, received: { lsn: 7 } } })).toBe(false);
});
