// Where a node is and how to log in there: the inventory's words, then those of ~/.ssh/config as OpenSSH itself reads them.

import { execFile } from 'node:child_process';
import { homedir, userInfo } from 'node:os';
import { Fault } from '../faults.ts';
import type { SshTarget } from '../runbook/inventory-types.ts';
import { type Duration, seconds } from '../time.ts';
import { isUnconfigured } from './ssh-config-files.ts';

export interface SshSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The name to look up in known_hosts; `host` where absent. */
  readonly hostKeyAlias: string | undefined;
  /** Private key files, those of the inventory first. They need not exist. */
  readonly identities: readonly string[];
  /** Only keys that a file names may be offered, also by the agent. */
  readonly identitiesOnly: boolean;
  readonly knownHosts: readonly string[];
  /** Machines to pass through, in this order. */
  readonly jumps: readonly SshTarget[];
  /** For each hop: connection, handshake and login. */
  readonly connectTimeout: Duration;
  readonly agent: string | undefined;
}

const defaultTimeout = seconds(5);

/** Resolves a target. Throws a Fault where the configuration asks for what cannot be done (ProxyCommand). */
export async function sshSettings(target: SshTarget, env: NodeJS.ProcessEnv = process.env): Promise<SshSettings> {
  const asked = target.config === undefined && isUnconfigured() ? undefined : await askSsh(target);
  const config = parse(asked ?? defaults(target));
  const one = (key: string): string | undefined => config.get(key)?.[0];
  const command = one('proxycommand');
  if (command !== undefined && command !== 'none') {
    throw new Fault('unreachable', `${target.host}: ProxyCommand of the SSH configuration is not supported`, {
      hint: `use ProxyJump for "${target.host}", or name jump: in the inventory`,
    });
  }
  const host = one('hostname') ?? target.host;
  const user = target.user ?? one('user') ?? userInfo().username;
  const port = target.port ?? Number(one('port') ?? 22);
  const path = (text: string): string => expand(text, { host, port, user });
  const jump = target.jump ?? one('proxyjump');
  const timeout = Number(one('connecttimeout'));
  const identities = (config.get('identityfile') ?? []).map(path);
  return {
    host,
    port,
    user,
    hostKeyAlias: one('hostkeyalias'),
    identities: [...new Set([...(target.identity === undefined ? [] : [path(target.identity)]), ...identities])],
    identitiesOnly: one('identitiesonly') === 'yes',
    knownHosts:
      target.knownHosts === undefined
        ? [...list(one('userknownhostsfile')), ...list(one('globalknownhostsfile'))].map(path)
        : [path(target.knownHosts)],
    jumps: jump === undefined || jump === 'none' ? [] : jump.split(',').map(text => parseJump(text.trim(), target)),
    connectTimeout: timeout > 0 ? seconds(timeout) : defaultTimeout,
    agent: agentSocket(one('identityagent'), path, env),
  };
}

/** `ssh -G` follows Include, Match and tokens as an operator is used to; undefined where there is no ssh program. */
function askSsh(target: SshTarget): Promise<string | undefined> {
  const file = target.config === undefined ? [] : ['-F', expand(target.config, { host: '', port: 0, user: '' })];
  const login = target.user === undefined ? [] : ['-l', target.user];
  const port = target.port === undefined ? [] : ['-p', String(target.port)];
  return new Promise((resolve, reject) => {
    // `Match exec` may run a program that hangs.
    const options = { timeout: 5000, killSignal: 'SIGKILL' as const };
    execFile('ssh', ['-G', ...file, ...login, ...port, '--', target.host], options, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else if (error.code === 'ENOENT') resolve(undefined);
      else {
        const why = stderr.trim().split('\n').at(-1) ?? '';
        reject(
          new Fault('unreachable', `the SSH configuration for "${target.host}" cannot be read: ${why}`, {
            hint: `ssh -G ${target.host}`,
            cause: error,
          }),
        );
      }
    });
  });
}

/** What `ssh -G` says where nothing is configured, but for keys that ssh2 cannot use. */
function defaults(target: SshTarget): string {
  const keys = ['id_rsa', 'id_ecdsa', 'id_ed25519'].map(name => `identityfile ~/.ssh/${name}`);
  return [
    `hostname ${target.host}`,
    ...keys,
    'userknownhostsfile ~/.ssh/known_hosts ~/.ssh/known_hosts2',
    'globalknownhostsfile /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2',
  ].join('\n');
}

function parse(text: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^(\S+) (.*)$/.exec(line.trim()) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, [...(values.get(key) ?? []), value]);
  }
  return values;
}

const list = (text: string | undefined): string[] =>
  (text ?? '').split(/\s+/).filter(part => part !== '' && part !== 'none');

/** `[user@]host[:port]`, IPv6 in brackets, or `ssh://…`. A hop has its own key and user: only the configuration and known_hosts are shared. */
function parseJump(text: string, { config, knownHosts }: SshTarget): SshTarget {
  const [, user, bracketed, host, port] =
    /^(?:ssh:\/\/)?(?:([^@]+)@)?(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  const name = bracketed ?? host;
  if (name === undefined) throw new Fault('unreachable', `"${text}" is no machine to jump through`);
  return {
    host: name,
    ...(user !== undefined && { user }),
    ...(port !== undefined && { port: Number(port) }),
    ...(config !== undefined && { config }),
    ...(knownHosts !== undefined && { knownHosts }),
  };
}

/** `ssh -G` leaves `~` and most tokens as they were written (ssh_config(5), TOKENS). */
function expand(text: string, { host, port, user }: { host: string; port: number; user: string }): string {
  const tokens: Record<string, string> = {
    '%d': homedir(),
    '%h': host,
    '%p': String(port),
    '%r': user,
    '%u': userInfo().username,
    '%%': '%',
  };
  return text.replace(/^~(?=\/|$)/, homedir()).replaceAll(/%[dhpru%]/g, token => tokens[token] ?? token);
}

function agentSocket(
  configured: string | undefined,
  path: (text: string) => string,
  env: NodeJS.ProcessEnv,
): string | undefined {
  if (configured === 'none') return undefined;
  if (configured === undefined || configured === 'SSH_AUTH_SOCK') return env['SSH_AUTH_SOCK'];
  return configured.startsWith('$') ? env[configured.slice(1)] : path(configured);
}
