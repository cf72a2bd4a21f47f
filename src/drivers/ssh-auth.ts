// What we can show a host to be let in: the agent's keys and key files, in the order ssh would try them.

import { readFileSync } from 'node:fs';
import ssh2, { type AnyAuthMethod, type ParsedKey } from 'ssh2';
import { Fault } from '../faults.ts';
import type { SshSettings } from './ssh-config.ts';

export interface Credentials {
  readonly methods: readonly AnyAuthMethod[];
  /** For people: what was there to try. */
  readonly tried: readonly string[];
}

/** Throws a Fault where there is nothing to show but a key file whose passphrase nobody can be asked for. */
export function credentials(settings: SshSettings): Credentials {
  const methods: AnyAuthMethod[] = [];
  const tried: string[] = [];
  const locked: string[] = [];
  for (const file of settings.identities) {
    const key = readKey(file);
    if (key === 'locked') locked.push(file);
    else if (key !== undefined) {
      methods.push({ type: 'publickey', username: settings.user, key });
      tried.push(file);
    }
  }
  if (settings.agent !== undefined) {
    const agent = settings.identitiesOnly ? onlyOf(settings.agent, settings.identities) : settings.agent;
    // Before the files of the configuration, but after none that was named for this host: an agent full of keys uses up sshd's MaxAuthTries.
    methods.push({ type: 'agent', username: settings.user, agent });
    tried.push(`the agent at ${settings.agent}`);
  }
  if (methods.length === 0 && locked[0] !== undefined) {
    throw new Fault('unreachable', `the key ${locked[0]} is encrypted, and there is no agent that holds it`, {
      hint: `eval "$(ssh-agent)" && ssh-add ${locked[0]}`,
    });
  }
  if (methods.length === 0) {
    throw new Fault(
      'unreachable',
      `there is no SSH key to show: ${settings.identities.join(', ')} are not there, and no agent runs`,
      {
        hint: `ssh-keygen -t ed25519, or name identity: in the inventory`,
      },
    );
  }
  return { methods, tried: [...tried, ...locked.map(file => `${file} (encrypted, left out)`)] };
}

function readKey(file: string): Buffer | 'locked' | undefined {
  let text: Buffer;
  try {
    text = readFileSync(file);
  } catch {
    return undefined;
  }
  if (isEncrypted(text.toString('latin1'))) return 'locked';
  return ssh2.utils.parseKey(text) instanceof Error ? undefined : text;
}

/** PEM says so in a header; OpenSSH's own format names the cipher behind its magic word (PROTOCOL.key). */
export function isEncrypted(text: string): boolean {
  if (/^Proc-Type: 4,ENCRYPTED|^-----BEGIN ENCRYPTED PRIVATE KEY/m.test(text)) return true;
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(text)?.[1];
  if (body === undefined) return false;
  const decoded = Buffer.from(body, 'base64');
  const at = 'openssh-key-v1\0'.length;
  return decoded.length > at + 4 && decoded.toString('latin1', at + 4, at + 4 + decoded.readUInt32BE(at)) !== 'none';
}

/** `IdentitiesOnly yes`: of the agent's keys only those that a file names, by its `.pub` beside it. */
function onlyOf(socket: string, identities: readonly string[]): ssh2.BaseAgent {
  const named = identities.flatMap(file => {
    const parsed = publicKey(`${file}.pub`) ?? publicKey(file);
    return parsed === undefined ? [] : [parsed.getPublicSSH().toString('base64')];
  });
  class Narrowed extends ssh2.OpenSSHAgent {
    override getIdentities(callback: Parameters<ssh2.OpenSSHAgent['getIdentities']>[0]): void {
      super.getIdentities((error, keys) => {
        const kept = keys?.filter(key => named.includes(asParsed(key)?.getPublicSSH().toString('base64') ?? ''));
        callback(error, kept);
      });
    }
  }
  return new Narrowed(socket);
}

function publicKey(file: string): ParsedKey | undefined {
  try {
    const parsed = ssh2.utils.parseKey(readFileSync(file));
    return parsed instanceof Error ? undefined : parsed;
  } catch {
    return undefined;
  }
}

function asParsed(key: unknown): ParsedKey | undefined {
  return typeof key === 'object' && key !== null && 'getPublicSSH' in key ? (key as ParsedKey) : undefined;
}
