// The inventory of the example site, and what is put in where it is silent.

import { describe, expect, it } from 'vitest';
import { readInventory } from '../../../src/runbook/inventory.ts';
import { bad, good } from './support.ts';

const site = (node: string, rest = ''): string => `clusters:\n  main:\n    nodes:\n      node1: ${node}\n${rest}`;
const first = (text: string): unknown => good(readInventory(text, 'lifeboat.yaml')).clusters['main']?.nodes[0];
const postgres = 'postgres: { data: /d, bin: /bin }';

describe('readInventory', () => {
  it('takes a Host of ~/.ssh/config and fills in the rest', () => {
    expect(first(site(`{ ssh: db1, ${postgres} }`))).toMatchObject({
      name: 'node1',
      ssh: { host: 'db1' },
      postgres: {
        port: 5432,
        host: 'db1',
        socket: '/var/run/postgresql',
        user: 'postgres',
        database: 'postgres',
        via: 'socket',
      },
    });
  });

  it('takes the parts of an SSH target', () => {
    const ssh =
      '{ host: 127.0.0.11, user: postgres, port: 2222, identity: ~/.ssh/lab, known_hosts: /k, config: /c, jump: bastion }';
    expect(first(site(`{ ssh: ${ssh}, ${postgres}, work: /var/lib/lifeboat }`))).toMatchObject({
      ssh: {
        host: '127.0.0.11',
        user: 'postgres',
        port: 2222,
        identity: '~/.ssh/lab',
        knownHosts: '/k',
        config: '/c',
        jump: 'bastion',
      },
      work: '/var/lib/lifeboat',
    });
    expect(first(site(`{ ssh: { local: true }, ${postgres} }`))).toMatchObject({
      ssh: { host: 'localhost', local: true },
    });
  });

  it.each([
    ['passfile: ~/.pgpass', { passfile: '~/.pgpass' }],
    ['password_env: PGPASSWORD', { env: 'PGPASSWORD' }],
    ['password_command: [pass, show, db]', { command: ['pass', 'show', 'db'] }],
  ])('knows where the secret lies: %s', (way, secret) => {
    expect(first(site(`{ ssh: db1, postgres: { data: /d, bin: /bin, ${way} } }`))).toMatchObject({
      postgres: { secret },
    });
  });

  it('keeps nodes in the order of the file, and nothing may be lost where nothing is said', () => {
    const text = site(`{ ssh: b, ${postgres} }`, `      alpha: { ssh: a, ${postgres} }\n`);
    const { nodes, objective } = good(readInventory(text, 'lifeboat.yaml')).clusters['main']!;
    expect(nodes.map(({ name }) => name)).toEqual(['node1', 'alpha']);
    expect(objective).toEqual({ rto: undefined, rpo: 0 });
  });

  it.each([
    ['passphrase_file: /p', { file: '/p' }],
    ['passphrase_env: P', { env: 'P' }],
    ['passphrase_command: [pass, show, lifeboat]', { command: ['pass', 'show', 'lifeboat'] }],
    ['identity: ~/.lifeboat/identity', { identity: '~/.lifeboat/identity' }],
  ])('knows what opens a repository: %s', (way, unlock) => {
    const recipient = `lifeboat-recipient-${'A'.repeat(48)}`;
    const rest = (encryption: string): string =>
      `    backup: { repository: local, slot: lb_1 }\nrepositories:\n  local: { path: /r, encryption: { ${encryption} } }\n`;
    const read = (encryption: string) => good(readInventory(site(`{ ssh: db1, ${postgres} }`, rest(encryption)), 'f'));
    expect(read(way).repositories).toEqual({ local: { path: '/r', encryption: { unlock, recipients: [] } } });
    const both = read(`${way}, recipients: [${recipient}]`);
    expect(both.repositories?.['local']?.encryption?.recipients).toEqual([recipient]);
    expect(both.clusters['main']?.backup?.slot).toBe('lb_1');
  });

  it('keeps what backups need', () => {
    const rest =
      '    backup: { repository: local, retention: { window: 7d } }\nrepositories:\n  local: { path: /var/lib/lifeboat }\n';
    const inventory = good(readInventory(site(`{ ssh: db1, ${postgres} }`, rest), 'lifeboat.yaml'));
    expect(inventory.repositories).toEqual({ local: { path: '/var/lib/lifeboat' } });
    expect(inventory.clusters['main']?.backup).toMatchObject({
      repository: 'local',
      from: 'standby',
      retention: { window: 604_800_000 },
    });
  });

  it('watches every ten seconds where nothing is said, and as it is told', () => {
    const monitorOf = (rest: string) =>
      good(readInventory(site(`{ ssh: db1, ${postgres} }`, rest), 'lifeboat.yaml')).clusters['main']?.monitor;
    expect(monitorOf('')).toEqual({ interval: 10_000, downAfter: 3, upAfter: 2, hook: undefined });
    expect(monitorOf('    monitor: { interval: 2s, down_after: 5, hook: [page, me] }\n')).toEqual({
      interval: 2000,
      downAfter: 5,
      upAfter: 2,
      hook: ['page', 'me'],
    });
  });

  it('tells every mistake of a file in one go, in the order of its lines', () => {
    const said = bad(readInventory(site('{ ssh: db1, postgres: { dta: /d, bin: bin, port: x } }'), 'lifeboat.yaml'));
    expect(said.match(/^lifeboat.*/gm)).toEqual([
      'lifeboat.yaml:4:26: "data" is missing in "postgres"',
      'lifeboat.yaml:4:38: unknown key "dta"',
      'lifeboat.yaml:4:52: "bin" must be an absolute path, not "bin"',
      'lifeboat.yaml:4:63: "port" must be a whole number, not "x"',
    ]);
  });

  it('never shows a password, not even in the line of another mistake', () => {
    for (const text of [
      site(`{ ssh: db1, postgres: { data: /d, bin: /bin, passwrd: x, password: 's3cret word' } }`),
      site(`{ ssh: db1, postgres: { data: /d, bin: /bin, password: s3cret`),
      site(`{ ssh: "postgres://u:s3cret@db1", ${postgres} }`),
    ])
      expect(bad(readInventory(text, 'lifeboat.yaml'))).not.toContain('s3cret');
  });
});
