// One header of a tar archive as PostgreSQL writes it (plain ustar). Pure.

import { isUtf8 } from 'node:buffer';
import { Fault } from '../faults.ts';

/** Headers and contents begin at multiples of this many bytes. */
export const tarBlock = 512;

export interface TarEntry {
  /** Without a `/` at its end. */
  readonly path: string;
  /** The name is not UTF-8: each char of `path` is one of its bytes. */
  readonly encoded: boolean;
  readonly kind: 'file' | 'directory' | 'link';
  /** Where a link points to. */
  readonly target: string | null;
  /** Bytes of content that follow; 0 for all but files. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Seconds since 1970. */
  readonly modified: number;
}

const kinds: Readonly<Record<string, TarEntry['kind']>> = { '0': 'file', '\0': 'file', '5': 'directory', '2': 'link' };

/**
 * Null for the empty block that ends an archive. Throws a Fault `failed` naming `archive` where this is no header: the stream has lost its place, or holds
 * something that PostgreSQL does not send. A path that leads out of the data directory is refused, for a restore would write there.
 */
export function readTarHeader(block: Buffer, archive: string): TarEntry | null {
  if (block[0] === 0 && block.every(byte => byte === 0)) return null;
  const wrong = (what: string): Fault => new Fault('failed', `the tar stream ${archive} ${what}`);
  if (number(block, 148, 8) !== checksum(block)) throw wrong('has a header whose checksum is wrong');
  const type = String.fromCharCode(block[156] ?? 0);
  const kind = kinds[type];
  const name = nameOf(block);
  if (kind === undefined) throw wrong(`holds "${name.text}" of the unknown type "${type}"`);
  const path = name.text.replace(/^(\.\/)+/, '').replace(/\/+$/, '');
  if (path === '' || path.startsWith('/') || path.split('/').includes('..')) {
    throw wrong(`holds "${name.text}", which lies outside of it`);
  }
  const size = number(block, 124, 12);
  if (!Number.isSafeInteger(size) || size < 0) throw wrong(`gives "${path}" an impossible size`);
  return {
    path,
    encoded: name.encoded,
    kind,
    target: kind === 'link' ? words(block, 157, 100).text : null,
    size: kind === 'file' ? size : 0,
    mode: number(block, 100, 8) & 0o7777,
    modified: number(block, 136, 12),
  };
}

/** Its parts are at most 155 and 100 bytes long; PostgreSQL itself fills the second one only. */
function nameOf(block: Buffer): { text: string; encoded: boolean } {
  const name = words(block, 0, 100);
  const ustar = block.toString('latin1', 257, 262) === 'ustar';
  if (!ustar || block[345] === 0) return name;
  const whole = Buffer.concat([untilNul(block, 345, 155), Buffer.from('/'), untilNul(block, 0, 100)]);
  return textOf(whole);
}

const words = (block: Buffer, at: number, length: number) => textOf(untilNul(block, at, length));

function untilNul(block: Buffer, at: number, length: number): Buffer {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return end < 0 ? field : field.subarray(0, end);
}

// A file of an extension may be called anything: the server copies names as bytes, and so must a restore.
function textOf(bytes: Buffer): { text: string; encoded: boolean } {
  const encoded = !isUtf8(bytes);
  return { text: bytes.toString(encoded ? 'latin1' : 'utf8'), encoded };
}

/** Octal digits, or base-256 where the number would not fit (a file of 8 GB and more; tar.c, print_tar_number). */
function number(block: Buffer, at: number, length: number): number {
  const first = block[at] ?? 0;
  if ((first & 0x80) === 0) {
    const digits = /^[0-7]*/.exec(block.toString('latin1', at, at + length).trimStart())?.[0] ?? '';
    return digits === '' ? 0 : Number.parseInt(digits, 8);
  }
  let value = first & 0x7f;
  for (let i = at + 1; i < at + length; i += 1) value = value * 256 + (block[i] ?? 0);
  return value;
}

/** The sum of all bytes, those of the checksum itself as spaces. */
function checksum(block: Buffer): number {
  let sum = 0;
  for (let at = 0; at < tarBlock; at += 1) sum += at >= 148 && at < 156 ? 32 : (block[at] ?? 0);
  return sum;
}
