// Our own pg_isready against PostgreSQL's, in every state that a server can be in; and what a standby says of itself.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ping } from '../../src/drivers/ping.ts';
import { makeSite } from '../../src/drivers/site.ts';
import { isSilent, type NodeName, type Survey } from '../../src/ports.ts';
import { readinessOf } from '../../src/postgres/isready.ts';
import { ms, seconds } from '../../src/time.ts';
import { clusterOf, guardOf, nodeOf, surveyed } from '../support/node.ts';
import { bin, initServer, type TestServer } from '../support/postgres.ts';
import { testDirectory } from '../support/sshd.ts';
import { until } from '../support/until.ts';

const directory = testDirectory('ping');
let primary: TestServer;
let standby: TestServer;

beforeAll(async () => {
  primary = await initServer(directory.path);
  primary.start();
  standby = await primary.standby(join(directory.path, 'standby'));
  standby.start();
}, 60_000);
afterAll(async () => {
  await standby.destroy();
  await primary.destroy();
  directory.remove();
});

/** Ours over TCP and over the socket, and theirs: all must agree. */
async function readiness(server: TestServer) {
  const login = { port: server.port, user: 'postgres', database: 'postgres' };
  const theirs = (host: string) =>
    readinessOf(spawnSync(`${bin}/pg_isready`, ['-h', host, '-p', String(server.port), '-t', '1']).status ?? 3);
  const all = [
    await ping({ host: '127.0.0.1', ...login }, ms(700)),
    await ping({ host: server.socket, ...login }, ms(700)),
    theirs('127.0.0.1'),
    theirs(server.socket),
  ];
  expect(new Set(all).size, all.join()).toBe(1);
  return all[0];
}

it('accepting, also where the login is refused', async () => {
  expect(await readiness(primary)).toBe('accepting');
  const login = { host: '127.0.0.1', port: primary.port, user: 'nobody', database: 'none' };
  expect(await ping(login, seconds(2))).toBe('accepting');
});

it('leaves nothing in the log of a server that trusts us', async () => {
  const before = spawnSync('wc', ['-l', primary.log]).stdout.toString();
  expect(
    await ping({ host: '127.0.0.1', port: primary.port, user: 'postgres', database: 'postgres' }, seconds(2)),
  ).toBe('accepting');
  await until(() => primary.sql("select count(*) from pg_stat_activity where backend_type = 'client backend'") === '1');
  expect(spawnSync('wc', ['-l', primary.log]).stdout.toString()).toBe(before);
});

it('no response from a frozen postmaster, over what the kernel accepts for it', async () => {
  primary.signal('SIGSTOP');
  try {
    expect(await readiness(primary)).toBe('no-response');
  } finally {
    primary.signal('SIGCONT');
  }
});

describe('a standby', () => {
  it('says what it received and from whom; its primary names it', async () => {
    const local = { target: { host: 'here', local: true } };
    const nodes = [
      nodeOf('node1', local, primary, join(directory.path, 'w1')),
      nodeOf('node2', local, standby, join(directory.path, 'w2'), { via: 'tcp' }),
    ];
    const site = makeSite(clusterOf(nodes));
    const [node1, node2] = [site.host('node1' as NodeName), site.host('node2' as NodeName)];
    primary.sql('create table moved (n int)');
    const seen = await until<Survey | undefined>(async () => {
      const survey = await surveyed(node2);
      return !isSilent(survey.server) && survey.server.receiver?.status === 'streaming' ? survey : undefined;
    });
    expect(seen).toMatchObject({
      standbySignal: true,
      server: { inRecovery: true, timeline: 1, written: null, replayPaused: false, receiver: { timeline: 1 } },
    });
    expect(!isSilent(seen.server) && typeof seen.server.received).toBe('bigint');
    expect(!isSilent(seen.server) && seen.server.settings['primary_conninfo']).toContain(`port=${primary.port}`);
    await until(async () => {
      const { server } = await surveyed(node2);
      return !isSilent(server) && server.lastTransaction !== null;
    });
    const { server } = await surveyed(node1);
    if (isSilent(server)) throw new Error(server.silent);
    expect(server.senders).toMatchObject([{ application: 'standby', state: 'streaming', sync: 'async', address: '' }]);
    expect(server.written).toEqual(server.senders[0]!.sent);
    const guard = { ...guardOf(seen, null), role: 'standby', timeline: 1 } as const;
    const none = () => Promise.resolve();
    expect(await node2.sql({ text: 'select 1' }, guard, seconds(5), none)).toMatchObject({ is: 'rows', rows: [['1']] });
    const task = { task: 'argv' as const, tries: [{ argv: ['echo', 'done'], within: seconds(5) }] };
    const ran = await node2.run({ id: { run: 'r', op: 'a.0' }, guard, task }, () => undefined);
    expect(ran).toEqual({ is: 'ended', code: 0, stdout: 'done\n', stderr: '', tried: 0 });
    await site.close();
  });

  it('without hot standby is rejecting', async () => {
    standby.stop();
    standby.configure('hot_standby = off');
    standby.start();
    expect(await readiness(standby)).toBe('rejecting');
  });
});

it('no response when stopped', async () => {
  standby.stop();
  primary.stop();
  expect(await readiness(primary)).toBe('no-response');
});
