// Keys as text that a person can copy: a recipient is public, an identity is what opens it. X25519 both.

import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { Fault } from '../faults.ts';

/** 32 random bytes, of which the rest follows. */
export interface Identity {
  readonly secret: KeyObject;
  readonly recipient: string;
}

const publicMark = 'lifeboat-recipient-';
const secretMark = 'LIFEBOAT-IDENTITY-';
/** What stands before the 32 bytes of an X25519 key (RFC 8410). */
const before = {
  public: Buffer.from('302a300506032b656e032100', 'hex'),
  secret: Buffer.from('302e020100300506032b656e04220420', 'hex'),
};
const keyLength = 32;
const sumLength = 4;

export function recipientKey(text: string): KeyObject {
  const raw = decoded(text.trim(), publicMark);
  if (raw === undefined) {
    throw new Fault('invalid', `"${shortened(text)}" is no recipient`, {
      hint: `a recipient is one word that begins with ${publicMark}; lifeboat repo identity FILE makes one`,
    });
  }
  return createPublicKey({ key: Buffer.concat([before.public, raw]), format: 'der', type: 'spki' });
}

export const recipientText = (key: KeyObject): string =>
  encoded(key.export({ format: 'der', type: 'spki' }).subarray(before.public.length), publicMark);

/** The text of a new identity file. @param random 32 bytes */
export function newIdentity(random: Buffer, created: string): { readonly text: string; readonly recipient: string } {
  const { recipient } = identityFrom(random);
  return {
    recipient,
    text: `# Lifeboat identity, made ${created}. Whoever has it can read the backups; without it nobody can.\n# ${recipient}\n${encoded(random, secretMark)}\n`,
  };
}

/** @param where the file, for messages */
export function readIdentity(text: string, where: string): Identity {
  const lines = text.split(/\r?\n/).map(line => line.trim());
  const [line, another] = lines.filter(one => one !== '' && !one.startsWith('#'));
  const raw = line === undefined || another !== undefined ? undefined : decoded(line, secretMark);
  if (raw === undefined) {
    throw new Fault('invalid', `${where} is no identity file`, {
      hint: `it has one line that begins with ${secretMark} and comments; lifeboat repo identity FILE makes one`,
    });
  }
  return identityFrom(raw);
}

function identityFrom(raw: Buffer): Identity {
  const secret = createPrivateKey({ key: Buffer.concat([before.secret, raw]), format: 'der', type: 'pkcs8' });
  return { secret, recipient: recipientText(createPublicKey(secret)) };
}

/** Four bytes of a hash at the end: a letter that was copied wrongly would be a key that nobody has. */
const encoded = (raw: Buffer, mark: string): string => mark + Buffer.concat([raw, sumOf(raw)]).toString('base64url');

function decoded(text: string, mark: string): Buffer | undefined {
  if (!text.startsWith(mark)) return undefined;
  const all = Buffer.from(text.slice(mark.length), 'base64url');
  const raw = all.subarray(0, keyLength);
  return all.length === keyLength + sumLength && all.subarray(keyLength).equals(sumOf(raw)) ? raw : undefined;
}

const sumOf = (raw: Buffer): Buffer => createHash('sha256').update(raw).digest().subarray(0, sumLength);
const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
