// Which ways lead back, by the facts: what is reachable, why not, what it costs and what is typed.

import { expect, test } from 'vitest';
import { routes } from '../../../src/monitor/routes/index.ts';
import type { NodeSeen, Route, RouteEvidence, RouteName } from '../../../src/monitor/routes/route.ts';
import { roomAside } from '../../../src/monitor/routes/room.ts';
import type { Target } from '../../../src/repo/target.ts';
import { bytes, ms, seconds } from '../../../src/time.ts';
import { backup, contents, gigabyte, place, seen, wish } from '../repo/restore-support.ts';
import { at, chosen, evidence, given, late, lost, lsn, primary, prompt, unreachable } from './routes-fixture.ts';

const route = (name: RouteName, one: RouteEvidence = evidence): Route =>
  routes(one).find(({ route: is }) => is === name)!;
const reachable = (one: RouteEvidence): string[] =>
  routes(one)
    .filter(({ reachable: is }) => is)
    .map(({ route: is }) => is);
const why = (name: RouteName, one: RouteEvidence): string => route(name, one).why.join('; ');

const time = (text: string, inclusive = true): Target => ({ is: 'time', time: at(text), inclusive });

test('from the one that touches least to the one without a way back; in place loses what came after', () => {
  expect(reachable(evidence)).toEqual(['delayed-standby', 'beside', 'one-table', 'moved-aside', 'delta']);
  expect(routes(evidence).map(({ loses }) => (loses === 'nothing' ? loses : 'lost'))).toEqual([
    ...['nothing', 'nothing', 'nothing', 'nothing'],
    ...['lost', 'lost'],
  ]);
  expect(why('as-it-is', evidence)).toBe('node1 has gone on: 48 MB of WAL came after it');
});

test('every command means this cluster and this target', () => {
  const lines = (name: RouteName): string[] => route(name).commands.map(({ line }) => line);
  expect(lines('moved-aside')).toEqual([
    'lifeboat run pitr -p to_xid=742 -p exclusive=true --dry-run --cluster main',
    'lifeboat run pitr -p to_xid=742 -p exclusive=true --cluster main',
  ]);
  expect(lines('beside')).toEqual(['lifeboat restore --into /srv/restored --to-xid 742 --exclusive --cluster main']);
  // The primary first, so that the standbys have all that it wrote.
  expect(route('delta').commands.map(({ on }) => on)).toEqual(['node1', 'node2', 'node3', null, null, null]);
});

test.each<[string, Partial<NodeSeen>, string]>([
  [
    'it has replayed it',
    { replayed: lsn('0/82000A1') },
    'node3 has replayed beyond it, up to 0/82000A1; it replays 1 h late',
  ],
  ['it does not say', { replayed: null }, 'node3 does not say how far it has replayed'],
  ['it is elsewhere', { timeline: 2 }, 'node3 is on timeline 2, from where no way leads to timeline 1'],
])('a delayed standby that does not help: %s', (_, more, said) => {
  expect(why('delayed-standby', given({ nodes: [primary, { ...late, ...more }] }))).toBe(said);
});

test('a delayed standby: how long it still is before, and cut off from the primary only where it has all WAL', () => {
  const { hurry, commands, notes } = route('delayed-standby');
  // Committed at 16:45:04.83, it is 16:52:10, and it replays an hour late.
  expect(hurry).toBe(3_600_000 - 425_170);
  expect(commands.map(({ on }) => on)).toEqual(['node3', 'node3', 'node3', 'node3']);
  // Behind the transaction before: at the commit of a TRUNCATE the table would be locked.
  expect(commands[1]!.line).toMatch(/recovery_target_lsn.*0\/8200000.*primary_conninfo/);
  const alone = route('delayed-standby', given({ before: null }));
  expect(alone.commands[1]!.line).toMatch(/recovery_target_xid.*742.*recovery_target_inclusive.*off.*primary_conninfo/);
  const short = route('delayed-standby', given({ nodes: [primary, { ...late, received: chosen.end.lsn }] }));
  expect(short.commands[1]!.line).not.toContain('primary_conninfo');
  expect(short.notes.length).toBe(notes.length + 1);
  const paused = route('delayed-standby', given({ nodes: [primary, { ...late, delay: ms(0), paused: true }] }));
  expect([paused.reachable, paused.hurry, paused.commands.length]).toEqual([true, null, 3]);
});

test('no standby is late; who does not answer might be', () => {
  expect(why('delayed-standby', given({ nodes: [primary, prompt] }))).toMatch(/^no standby replays late on purpose/);
  expect(why('delayed-standby', given({ nodes: [primary, { ...late, role: null }] }))).toContain(
    'node3 does not answer',
  );
});

test('before the first backup only a delayed standby can help: a time is compared with what it replayed', () => {
  const early = given({ target: unreachable.target, found: unreachable, lost: null });
  expect(reachable(early)).toEqual([]);
  expect(why('beside', early)).toBe('no backup leads to it');
  const asleep = { ...late, lastTransaction: at('03:04:59.000'), delay: seconds(86_400) };
  expect(reachable({ ...early, nodes: [primary, asleep] })).toEqual(['delayed-standby']);
  const sharp = { ...early, nodes: [primary, { ...asleep, lastTransaction: at('03:05:00.000') }] };
  expect(reachable(sharp)).toEqual(['delayed-standby']);
  expect(reachable({ ...sharp, target: time('03:05:00.000', false) })).toEqual([]);
  expect(route('moved-aside', early).time).toBeNull();
});

const after: RouteEvidence['found'] = {
  ...unreachable,
  reasons: [{ is: 'after-last', backup: 'b', timeline: 1 as never, last: lost.last, end: lsn('0/B2000A0') }],
};

test.each<[string, Target, Partial<RouteEvidence['present']>, boolean]>([
  ['a time to come', time('16:52:11.000'), {}, true],
  ['a time after the last commit, and all WAL is kept', time('16:52:10.000'), {}, true],
  ['the same, and the primary has written on', time('16:52:10.000'), { written: lsn('0/B3000A0') }, false],
  ['the same, and no primary says', time('16:52:10.000'), { written: null }, false],
  ['a place that is not written yet', { is: 'lsn', lsn: lsn('0/F000000'), inclusive: true }, {}, true],
  ['a place behind', { is: 'lsn', lsn: lsn('0/B000000'), inclusive: true }, {}, false],
  ['a transaction that has not begun', { is: 'xid', xid: 2101, inclusive: true }, {}, true],
  ['one that has', { is: 'xid', xid: 2100, inclusive: true }, {}, false],
  ['one after the numbers went round', { is: 'xid', xid: 5, inclusive: true }, { nextXid: 4_294_967_290 }, true],
  ['a name that nobody gave', { is: 'name', name: 'x' }, {}, false],
])('nothing at all to do: %s', (_, target, present, is) => {
  const one = given({ target, found: after, lost: null, present: { ...evidence.present, ...present } });
  expect(route('as-it-is', one).reachable, why('as-it-is', one)).toBe(is);
});

test('it can be reached, and the primary has written nothing since', () => {
  expect(reachable(given({ lost: { ...lost, size: bytes(0) } }))[0]).toBe('as-it-is');
  expect(why('as-it-is', given({ present: { ...evidence.present, primary: null } }))).toBe(
    'no node says that it is the primary',
  );
});

test('a place that cannot be looked at, or that has too little room', () => {
  const silent = given({ rooms: { ...evidence.rooms, aside: { silent: 'node1: no route to host' } } });
  expect(why('moved-aside', silent)).toBe('node1: no route to host');
  expect(route('delta', silent).reachable).toBe(true);
  const full = { needs: [], refusals: [{ what: '3 GB are needed in /disk1, and 2 GB are free', hint: 'make room' }] };
  expect(why('delta', given({ rooms: { ...evidence.rooms, delta: full } }))).toContain('2 GB are free');
});

test('a cluster of one: the book has no standby to build anew, a restore over what is there has none to stop', () => {
  const alone = given({ nodes: [primary] });
  expect(why('moved-aside', alone)).toContain('the cluster has none');
  expect(route('delta', alone).commands.length).toBe(2);
});

test('one table: a book of its own, by way of a standby; without a table there is no such way', () => {
  const { on, commands } = route('one-table');
  expect(on).toBe('node2');
  expect(commands.at(-1)!.line).toBe(
    'lifeboat run rescue-table -p database=postgres -p table=public.pgbench_history -p to_xid=742 -p exclusive=true --cluster main',
  );
  expect(route('one-table', given({ nodes: [primary] })).on).toBe('node1');
  expect(why('one-table', given({ found: unreachable }))).toBe('no backup leads to it');
  expect(routes(given({ table: null })).map(({ route: is }) => is)).not.toContain('one-table');
});

test('moved aside on its own file system the former data goes on taking room; on another one it takes it there', () => {
  const there = seen({
    data: place('/new', { state: 'full', mount: '/disk1' }),
    systemId: backup.systemId,
    servers: [{ pid: 7, path: '/new' }],
  });
  const aside = { path: '/disk4/broken', data: bytes(8 * gigabyte), free: bytes(9 * gigabyte) };
  const same = roomAside(wish(), contents, there, { ...aside, mount: '/disk1' });
  expect(same).toMatchObject({ needs: [{ mount: '/disk1', free: 10 * gigabyte }], refusals: [] });
  const other = roomAside(wish(), contents, there, { ...aside, mount: '/disk4' });
  expect(other.needs.map(({ mount, free }) => [mount, free / gigabyte])).toEqual([
    ['/disk1', 18],
    ['/disk4', 9],
  ]);
  const full = roomAside(wish(), contents, there, { ...aside, mount: '/disk4', free: bytes(gigabyte) });
  expect(full.refusals.map(({ what }) => what).join()).toContain('takes about 8 GB, and in /disk4/broken');
});
