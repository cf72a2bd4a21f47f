// The ways back as the operator reads them, whole, as they stand in files/.
import { expect, test } from 'vitest';
import type { Measured } from '../../src/monitor/measured.ts';
import { routes } from '../../src/monitor/routes/index.ts';
import type { RouteEvidence } from '../../src/monitor/routes/route.ts';
import { widthOf } from '../../src/report/columns.ts';
import { type RoutesFound, routesJson, routesText } from '../../src/report/routes-text.ts';
import { bytes, type Instant, seconds } from '../../src/time.ts';
import { evidence, given, unreachable } from '../unit/monitor/routes-fixture.ts';
import { expectGolden } from './golden.ts';

const gigabyte = 1024 ** 3;
const rehearsed: Measured = {
  at: '2026-11-17T03:04:10.000Z' as Instant,
  what: 'pitr',
  how: 'rehearsal',
  ok: true,
  on: 'node1',
  took: seconds(250),
  size: bytes(gigabyte),
  parts: [
    { part: 'restore', bytes: bytes(2 * gigabyte), took: seconds(20) },
    { part: 'replay', bytes: bytes(gigabyte), took: seconds(200) },
    { part: 'rest', bytes: null, took: seconds(30) },
  ],
};

const found = ({ at, target, timeline, found: way, lost, ...more }: RouteEvidence): RoutesFound => ({
  cluster: 'main',
  at,
  target,
  timeline,
  found: way,
  lost,
  routes: routes({ at, target, timeline, found: way, lost, ...more }),
});

const shown = (one: RouteEvidence): string => routesText(found(one), { width: 80, colour: false });

/** But for commands, which stand whole to be pasted. */
const widest = (text: string): number =>
  Math.max(
    ...text
      .split('\n')
      .filter(line => !line.startsWith('    '))
      .map(widthOf),
  );

test('a mistake of seven minutes ago, a standby that is an hour late, and one rehearsal', () => {
  const text = shown(given({ measured: [rehearsed] }));
  expectGolden('routes-80', text);
  expect(widest(text)).toBeLessThanOrEqual(80);
});

test('before the first backup: every reason, and what can be had instead', () => {
  const text = shown(given({ target: unreachable.target, found: unreachable, lost: null, table: null }));
  expectGolden('routes-unreachable-80', text);
  expect(widest(text)).toBeLessThanOrEqual(80);
});

test('as data: the way, what is lost, and each route with its commands', () => {
  const json = routesJson(found(evidence)) as unknown as { routes: { route: string; reachable: boolean }[] };
  expect(json).toMatchObject({
    target: { is: 'xid', xid: 742 },
    found: { is: 'chosen', segments: 128, end: { lsn: '0/82000A0' } },
    lost: { commits: 1204, from: '0/82000A0' },
  });
  expect(json.routes.filter(({ reachable }) => reachable).length).toBe(5);
});
