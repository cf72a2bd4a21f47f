// How a base backup lies on the wire: two formats, the old of 13 and 14 and the one since 15 (manual 55.4, BASE_BACKUP).

import { Fault } from '../faults.ts';
import type { Tablespace, Unload } from './backup-unload.ts';
import type { CopyListener, Result } from './replication-command.ts';

/** What both formats begin with: two results, the start and the tablespaces. The data directory is the last of them. */
export abstract class Archives implements CopyListener {
  readonly warnings: string[] = [];
  protected readonly unload: Unload;
  protected tablespaces: readonly Tablespace[] = [];
  readonly #results: Result[] = [];
  #begun = false;

  constructor(unload: Unload) {
    this.unload = unload;
  }

  result(result: Result): void {
    this.#results.push(result);
  }

  began(): void {
    const [position, tablespaces] = this.#results;
    if (this.#begun || !position || !tablespaces) return;
    this.#begun = true;
    this.tablespaces = tablespaces.rows.map(([oid = null, location = null, kilobytes]) => ({
      oid,
      location,
      kilobytes: Number(kilobytes ?? 0),
    }));
    this.unload.started(position, this.tablespaces);
  }

  warned(message: string): void {
    // One damaged disk can have thousands to tell.
    if (this.warnings.length < 20) this.warnings.push(message);
  }

  data(): never {
    throw new Error('data comes in parts');
  }

  abstract part(bytes: Buffer, begins: boolean, ends: boolean): void;
  abstract sent(): void;
}

const [n, d, p, m] = [0x6e, 0x64, 0x70, 0x6d];

/** 15 and newer: one COPY, whose messages begin with their type. Nothing ends an archive but the next one. */
export class TypedArchives extends Archives {
  #type: number | undefined;
  /** Of a message that tells something. */
  #told: Buffer[] = [];

  override part(bytes: Buffer, begins: boolean, ends: boolean): void {
    if (begins) this.#type = bytes[0];
    const content = begins ? bytes.subarray(1) : bytes;
    if (this.#type === d) {
      if (content.length > 0) this.unload.bytes(content);
      return;
    }
    this.#told.push(Buffer.from(content));
    if (ends) this.#message(Buffer.concat(this.#told.splice(0)));
  }

  #message(content: Buffer): void {
    if (this.#type === n) this.#archive(content.toString('utf8'));
    else if (this.#type === m) this.unload.manifest();
    else if (this.#type !== p) {
      throw new Fault('failed', `a message of type ${String(this.#type)} came in the middle of a base backup`, {
        on: this.unload.wire.name,
      });
    }
  }

  override sent(): void {
    this.unload.end();
  }

  /** `base.tar`, `16384.tar.gz`; then the location, empty for the data directory. */
  #archive(message: string): void {
    const [name = '', location = ''] = message.split('\0');
    const oid = /^\d+(?=[.]tar)/.exec(name)?.[0] ?? null;
    this.unload.archive(oid, oid === null ? null : location);
  }
}

/** 13 and 14: one COPY for each archive, in the order of the tablespaces' result, then one for the manifest. */
export class BareArchives extends Archives {
  #at = -1;

  override began(): void {
    super.began();
    this.#at += 1;
    const tablespace = this.tablespaces[this.#at];
    if (tablespace) this.unload.archive(tablespace.oid, tablespace.location);
    else this.unload.manifest();
  }

  override part(bytes: Buffer): void {
    this.unload.bytes(bytes);
  }

  override sent(): void {
    // Before 15 the two blocks of zeros that end a tar file were left to the client.
    if (this.#at < this.tablespaces.length) this.unload.bytes(Buffer.alloc(1024));
    this.unload.end();
  }
}
