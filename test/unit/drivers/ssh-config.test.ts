// Where a target leads: the inventory's words over those of an SSH configuration.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { sshSettings } from '../../../src/drivers/ssh-config.ts';

const directory = mkdtempSync(join(tmpdir(), 'lb-config-'));
afterAll(() => rmSync(directory, { recursive: true }));
const config = join(directory, 'config');
writeFileSync(join(directory, 'more'), 'Host db1\n  User from-include\n');
writeFileSync(
  config,
  `Include ${directory}/more
Host db1
  HostName 10.0.0.1
  Port 2222
  IdentityFile ~/keys/%h
  UserKnownHostsFile ~/a /b
  GlobalKnownHostsFile none
  ProxyJump me@jump:2200,[fe80::1]
  ConnectTimeout 3
  IdentityAgent $MY_AGENT
Host behind
  ProxyCommand nc %h %p
`,
);

it('takes what the configuration says', async () => {
  expect(await sshSettings({ host: 'db1', config }, { MY_AGENT: '/agent' })).toEqual({
    host: '10.0.0.1',
    port: 2222,
    user: 'from-include',
    hostKeyAlias: undefined,
    identities: [`${homedir()}/keys/10.0.0.1`],
    identitiesOnly: false,
    knownHosts: [`${homedir()}/a`, '/b'],
    jumps: [
      { host: 'jump', user: 'me', port: 2200, config },
      { host: 'fe80::1', config },
    ],
    connectTimeout: 3000,
    agent: '/agent',
  });
});

it('lets the inventory win', async () => {
  const target = { host: 'db1', config, user: 'postgres', port: 22, identity: '~/k', knownHosts: '/kh', jump: 'other' };
  expect(await sshSettings(target, {})).toMatchObject({
    user: 'postgres',
    port: 22,
    identities: [`${homedir()}/k`, `${homedir()}/keys/10.0.0.1`],
    knownHosts: ['/kh'],
    jumps: [{ host: 'other', config, knownHosts: '/kh' }],
    agent: undefined,
  });
});

it('refuses what it cannot do', async () => {
  await expect(sshSettings({ host: 'behind', config })).rejects.toMatchObject({
    code: 'unreachable',
    message: 'behind: ProxyCommand of the SSH configuration is not supported',
  });
  await expect(sshSettings({ host: 'db1', config: join(directory, 'none') })).rejects.toMatchObject({
    code: 'unreachable',
  });
});
