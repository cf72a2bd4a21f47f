// Is the key that a host shows the one that known_hosts holds for it? (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT")

import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Fault } from '../faults.ts';

export interface KnownHost {
  readonly file: string;
  readonly line: number;
  readonly marker: 'revoked' | 'cert-authority' | undefined;
  readonly hosts: string;
  readonly type: string;
  /** The key as the protocol has it. */
  readonly key: Buffer;
}

export interface Asked {
  readonly host: string;
  readonly port: number;
  /** The files looked in, for the message. */
  readonly files: readonly string[];
}

/** Every entry of these files; what is missing or no entry is passed over, as ssh does. */
export function readKnownHosts(files: readonly string[]): KnownHost[] {
  return files.flatMap(file => {
    try {
      return parseKnownHosts(readFileSync(file, 'utf8'), file);
    } catch {
      return [];
    }
  });
}

export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split('\n').flatMap((content, index) => {
    const match = /^\s*(?:@(revoked|cert-authority)\s+)?([^#@\s]\S*)\s+(\S+)\s+([A-Za-z0-9+/=]+)/.exec(content);
    if (!match) return [];
    const [, marker, hosts = '', type = '', key = ''] = match;
    const known = { file, line: index + 1, hosts, type, key: Buffer.from(key, 'base64') };
    return [{ ...known, marker: marker as KnownHost['marker'] }];
  });
}

/** Throws a Fault that names host, file and fingerprints, unless exactly this key is known for the host. */
export function checkHostKey(key: Buffer, asked: Asked, entries: readonly KnownHost[]): void {
  const { host, port } = asked;
  const name = knownName(host, port);
  const found = entries.filter(entry => matches(entry.hosts, name));
  const same = (entry: KnownHost): boolean => entry.key.equals(key);
  const seen = fingerprint(key);
  const revoked = entries.find(entry => entry.marker === 'revoked' && same(entry) && matches(entry.hosts, name));
  if (revoked) {
    throw new Fault('unreachable', `the host key of ${name} is revoked: ${seen}, by ${place(revoked)}`, {
      hint: 'somebody may stand between you and the host: ask whoever revoked the key before going on',
    });
  }
  const plain = found.filter(entry => entry.marker === undefined);
  if (plain.some(same)) return;
  // As ssh does: a key recorded before the port was changed still counts, if it is the same one.
  if (port !== 22 && entries.some(entry => entry.marker === undefined && same(entry) && matches(entry.hosts, host)))
    return;

  const type = keyType(key);
  const other = plain.find(entry => entry.type === type) ?? plain[0];
  if (other) {
    throw new Fault(
      'unreachable',
      `the host key of ${name} has changed: seen ${seen} (${type}), expected ${fingerprint(other.key)} (${other.type}) of ${place(other)}`,
      {
        hint: `another machine may answer there. If it was set up anew: ssh-keygen -f ${other.file} -R '${name}'\nthen: ${scan(asked)}`,
      },
    );
  }
  const authority = found.find(entry => entry.marker === 'cert-authority');
  const only = authority ? ` (${place(authority)} names a certificate authority, which is not supported)` : '';
  throw new Fault(
    'unreachable',
    `the host key of ${name} is not known: seen ${seen} (${type}), none in ${asked.files.join(', ')}${only}`,
    {
      hint: `compare the fingerprint with the host's own, then: ${scan(asked)}`,
    },
  );
}

/** Algorithms for the handshake, those first whose key is recorded: a host shows only one of its keys, and the wrong one would look like a stranger's. */
export function hostKeyAlgorithms(host: string, port: number, entries: readonly KnownHost[]): string[] {
  const name = knownName(host, port);
  const types = new Set(
    entries
      .filter(({ marker, hosts }) => marker === undefined && (matches(hosts, name) || matches(hosts, host)))
      .map(({ type }) => type),
  );
  const recorded = (algorithm: string): boolean => types.has(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm);
  return [...algorithms.filter(recorded), ...algorithms.filter(algorithm => !recorded(algorithm))];
}

const algorithms = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];

/** `SHA256:…` as ssh-keygen -l prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

export const knownName = (host: string, port: number): string =>
  port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${String(port)}`;

const keyType = (key: Buffer): string => key.toString('latin1', 4, 4 + key.readUInt32BE(0));
const place = ({ file, line }: KnownHost): string => `${file}:${String(line)}`;
const scan = ({ host, port, files }: Asked): string =>
  `ssh-keyscan -p ${String(port)} ${host} >> ${files[0] ?? '~/.ssh/known_hosts'}`;

/** A hashed name, or a list of patterns of which one must match and none of the negated ones may. */
function matches(hosts: string, name: string): boolean {
  const wanted = name.toLowerCase();
  if (hosts.startsWith('|1|')) {
    const [, , salt = '', hash = ''] = hosts.split('|');
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(wanted).digest('base64') === hash;
  }
  const patterns = hosts.toLowerCase().split(',');
  if (patterns.some(pattern => pattern.startsWith('!') && like(wanted, pattern.slice(1)))) return false;
  return patterns.some(pattern => !pattern.startsWith('!') && like(wanted, pattern));
}

function like(name: string, pattern: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(name);
}
