// The data key of a repository, wrapped once for each passphrase and each recipient that may open it.

import { diffieHellman, hkdfSync, scrypt, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';
import { newIdentity, readIdentity, recipientKey, recipientText, type Identity } from './key-text.ts';
import type { Works } from './works.ts';

/** What somebody has who may open a repository. */
export type Unlock =
  | { readonly passphrase: string }
  /** The text of an identity file, and where it lies, for messages. */
  | { readonly identity: string; readonly where: string };

/** For whom a data key is wrapped. */
export type Wrapping = { readonly passphrase: string } | { readonly recipient: string };

/** As it stands in repository.json; all bytes as base64. */
export type WrappedKey =
  | {
      readonly kind: 'passphrase';
      /** Short, for `key remove`. */
      readonly id: string;
      readonly scrypt: { readonly N: number; readonly r: number; readonly p: number };
      readonly salt: string;
      readonly wrapped: string;
    }
  | {
      readonly kind: 'recipient';
      readonly id: string;
      readonly recipient: string;
      /** Public half of the key pair made for this wrapping alone. */
      readonly ephemeral: string;
      readonly wrapped: string;
    };

const keyLength = 32;
/** 32 MiB and some 80 ms: `wal push` pays it for each segment, whoever guesses for each guess. */
const cost = { N: 2 ** 15, r: 8, p: 1 } as const;
const nonceLength = 12;

/** @param id of the repository: what is wrapped for one is of no use in another */
export async function wrapKey(works: Works, dataKey: Buffer, id: string, wrapping: Wrapping): Promise<WrappedKey> {
  const keyId = works.random(4).toString('hex');
  if ('passphrase' in wrapping) {
    const salt = works.random(16);
    const outer = await passphraseKey(wrapping.passphrase, salt, cost);
    const head = { kind: 'passphrase', id: keyId, scrypt: cost, salt: salt.toString('base64') } as const;
    return { ...head, wrapped: await sealed(works, outer, dataKey, boundTo(id, head)) };
  }
  const recipient = recipientText(recipientKey(wrapping.recipient));
  const own = readIdentity(newIdentity(works.random(keyLength), '').text, 'a key pair made for this');
  const outer = agreed(own, recipientKey(recipient), own.recipient, recipient);
  const head = { kind: 'recipient', id: keyId, recipient, ephemeral: own.recipient } as const;
  return { ...head, wrapped: await sealed(works, outer, dataKey, boundTo(id, head)) };
}

/** The data key; undefined where none of the wrapped keys opens with it. */
export async function unwrapKey(
  works: Works,
  id: string,
  keys: readonly WrappedKey[],
  unlock: Unlock,
): Promise<Buffer | undefined> {
  const identity = 'identity' in unlock ? readIdentity(unlock.identity, unlock.where) : undefined;
  for (const { wrapped, ...head } of keys) {
    const outer = await outerKey(head, unlock, identity);
    if (outer === undefined) continue;
    const bytes = Buffer.from(wrapped, 'base64');
    const nonce = bytes.subarray(0, nonceLength);
    const found = await works.unseal(outer, nonce, bytes.subarray(nonceLength), boundTo(id, head));
    if (found?.length === keyLength) return found;
  }
  return undefined;
}

type Unwrapped<T = WrappedKey> = T extends WrappedKey ? Omit<T, 'wrapped'> : never;

async function outerKey(head: Unwrapped, unlock: Unlock, identity: Identity | undefined): Promise<Buffer | undefined> {
  if (head.kind === 'passphrase') {
    if (!('passphrase' in unlock)) return undefined;
    return passphraseKey(unlock.passphrase, Buffer.from(head.salt, 'base64'), head.scrypt);
  }
  if (identity?.recipient !== head.recipient) return undefined;
  return agreed(identity, recipientKey(head.ephemeral), head.ephemeral, head.recipient);
}

/** Unicode as one form: the same letters typed on another keyboard must open it (NFKC, as RFC 8265 has it). */
const passphraseKey = (
  passphrase: string,
  salt: Buffer,
  { N, r, p }: { N: number; r: number; p: number },
): Promise<Buffer> => derive(passphrase.normalize('NFKC'), salt, keyLength, { N, r, p, maxmem: 256 * N * r });

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

function agreed(own: Identity, other: ReturnType<typeof recipientKey>, ephemeral: string, recipient: string): Buffer {
  const shared = diffieHellman({ privateKey: own.secret, publicKey: other });
  return Buffer.from(hkdfSync('sha256', shared, `${ephemeral}\n${recipient}`, 'lifeboat data key', keyLength));
}

async function sealed(works: Works, outer: Buffer, dataKey: Buffer, also: Buffer): Promise<string> {
  const nonce = works.random(nonceLength);
  return Buffer.concat([nonce, ...(await works.seal(outer, nonce, [dataKey], also))]).toString('base64');
}

/** What is around a wrapped key, word by word: changed there, it opens no more. */
function boundTo(id: string, head: Unwrapped): Buffer {
  const words =
    head.kind === 'passphrase'
      ? [head.scrypt.N, head.scrypt.r, head.scrypt.p, head.salt]
      : [head.recipient, head.ephemeral];
  return Buffer.from([id, head.kind, ...words].join('\n'));
}
