// Where things are kept: dumb bytes under names, behind few doors, so that a directory today and an object store tomorrow are one driver each.

import type { Bytes } from '../time.ts';

/** Words of letters, digits, `.`, `_` and `-` with `/` between them; no word is `.` or `..`. */
export type StoreName = string;

export interface Stored {
  readonly name: StoreName;
  readonly size: Bytes;
  /** When it was put, by the store's own clock, in milliseconds since 1970: only for the age of what nobody names. */
  readonly at: number;
}

/**
 * A store. What `put` and `putIfAbsent` have resolved for survives a power cut; until then nothing of it is to be seen
 * (a directory: temporary name, fsync, rename, fsync of the directory). A thing that is put is never changed in place.
 * Every call may throw a Fault: `failed` with the store and the name where the store itself fails (disk full, permission, EIO).
 */
export interface Store {
  /** Where it lies, for messages: `/var/lib/lifeboat`. */
  readonly where: string;
  /** Replaces what is there. A stream that throws leaves what was there before. */
  put(name: StoreName, content: Content): Promise<void>;
  /** False where something is there already: that one is left as it is. */
  putIfAbsent(name: StoreName, content: Content): Promise<boolean>;
  /** Undefined where there is none: absent is not the same as failed. */
  get(name: StoreName): Promise<Buffer | undefined>;
  /** `length` bytes from `offset`, fewer at the end; undefined where there is no such thing. */
  getRange(name: StoreName, offset: number, length: number): Promise<Buffer | undefined>;
  /** Everything whose name begins with `prefix` (whole words: it ends with `/`, or is empty), in the order of the names. */
  list(prefix: string): Promise<readonly Stored[]>;
  /** No error where there is none. */
  remove(name: StoreName): Promise<void>;
  /**
   * A thing that grows while it is already there for others, for WAL that must be durable before its segment is full.
   * What is there is kept: writing goes on at its end.
   */
  append(name: StoreName): Promise<Growing>;
}

/** Of a stream, a piece may change as soon as the next one is asked for. */
export type Content = Uint8Array | AsyncIterable<Uint8Array>;

export interface Growing {
  /** Where the next bytes go. */
  readonly size: number;
  write(bytes: Uint8Array): Promise<void>;
  /** After it resolves, everything written survives a power cut. */
  sync(): Promise<void>;
  /** Cuts off what lies behind: a half-written end after a crash. */
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}
