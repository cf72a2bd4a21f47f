// What a base backup brings → packs, the list of files and backup_manifest in the repository.

import { Fault } from '../faults.ts';
import { bytes, ms } from '../time.ts';
import type { Backup } from './backup.ts';
import type { BackupNews, WalPoint } from './backup-news.ts';
import { BlockWriter } from './block-writer.ts';
import { FileWriter } from './file-writer.ts';
import type { BackupId } from './layout.ts';
import { PackWriter } from './packs.ts';
import { Pouring } from './pouring.ts';
import type { Previous } from './previous.ts';
import type { BackupSink, BackupStart } from './replication.ts';
import type { ClusterRepository } from './repository.ts';
import { TarFiles } from './tar-files.ts';

/** How often progress is told: a person reads no faster. */
const every = 250;

export interface StreamOptions {
  readonly repo: ClusterRepository;
  readonly id: BackupId;
  readonly previous: Previous | undefined;
  readonly tell: (news: BackupNews) => void;
  /** Waited for before the first byte is read. */
  readonly began: (start: WalPoint) => Promise<void>;
}

/** What of a backup is known when its files are kept. */
export interface Streamed extends Pick<Backup, 'size' | 'added' | 'files' | 'blocks' | 'packs'> {
  readonly start: BackupStart;
}

/** All of it is durable after {@link finish}; after {@link abort} nothing of it is left. */
export class BackupStream implements BackupSink {
  readonly #options: StreamOptions;
  readonly #packs: PackWriter;
  readonly #blocks: BlockWriter;
  readonly #files: FileWriter;
  readonly #list: Pouring;
  readonly #manifest: Pouring;
  #start: BackupStart | undefined;
  #since = 0;
  #told = 0;
  #read = 0;
  #manifestBytes = 0;
  #tar: TarFiles | undefined;
  #prefix = '';

  constructor(options: StreamOptions) {
    const { repo, id, previous } = options;
    this.#options = options;
    this.#packs = new PackWriter(repo, id);
    this.#blocks = new BlockWriter(repo, this.#packs, previous);
    this.#list = new Pouring(content => repo.vault.put(repo.names.files(id), 'files', content));
    this.#manifest = new Pouring(content => repo.vault.put(repo.names.manifest(id), 'manifest', content));
    this.#files = new FileWriter(this.#blocks, this.#list);
  }

  async started(start: BackupStart): Promise<void> {
    this.#start = start;
    this.#since = this.#options.repo.clock.ticks();
    const { timeline, lsn, size } = start;
    await this.#options.began({ timeline, lsn });
    this.#options.tell({ is: 'started', timeline, lsn, size });
  }

  archive(oid: string | null): void {
    this.#tar?.end();
    this.#tar = new TarFiles(oid === null ? 'base.tar' : `${oid}.tar`);
    this.#prefix = oid === null ? '' : `pg_tblspc/${oid}/`;
  }

  data(chunk: Buffer): Promise<void> | undefined {
    if (this.#tar === undefined) throw new Error('bytes of an archive before the archive');
    for (const piece of this.#tar.read(chunk)) {
      if (Buffer.isBuffer(piece)) this.#files.content(piece);
      else this.#files.entry({ ...piece, path: `${this.#prefix}${piece.path}` });
    }
    this.#read += chunk.length;
    this.#progress();
    return this.#files.room();
  }

  async manifest(chunk: Buffer): Promise<void> {
    this.#manifestBytes += chunk.length;
    await this.#manifest.push(chunk);
  }

  /** In this order: packs, list of files, manifest. */
  async finish(): Promise<Streamed> {
    const { repo, id } = this.#options;
    const start = this.#start;
    if (start === undefined || this.#tar === undefined || this.#manifestBytes === 0) {
      throw new Fault('failed', `the server sent no ${this.#manifestBytes === 0 ? 'backup_manifest' : 'files'}`, {
        hint: 'Lifeboat needs PostgreSQL 13 or newer: lifeboat status',
      });
    }
    this.#tar.end();
    await this.#files.finish();
    await this.#packs.finish();
    for (const one of [this.#list, this.#manifest]) {
      one.close();
      await one.finished();
    }
    const own = await repo.store.list(`${repo.names.backups}${id}/`);
    return {
      start,
      size: bytes(this.#files.size),
      files: this.#files.files,
      added: bytes(own.reduce((sum, { size }) => sum + size, this.#packs.bytes)),
      blocks: { ...this.#blocks.counts },
      packs: this.#blocks.packs,
    };
  }

  /** As far as the store lets us; what stays is cleared by the next run. */
  async abort(why: unknown): Promise<void> {
    const { repo, id } = this.#options;
    await Promise.all([this.#list.abort(why), this.#manifest.abort(why), this.#packs.halt(why)]);
    await this.#files.abort(why);
    await this.#packs.remove();
    for (const name of [repo.names.files(id), repo.names.manifest(id)])
      await repo.store.remove(name).catch(() => undefined);
  }

  #progress(): void {
    const now = this.#options.repo.clock.ticks();
    const of = this.#start?.size ?? bytes(0);
    if (now - this.#told < every) return;
    this.#told = now;
    const rate = (this.#read / Math.max(1, now - this.#since)) * 1000;
    const left = rate > 0 ? ms(Math.max(0, ((of - this.#read) / rate) * 1000)) : null;
    this.#options.tell({ is: 'progress', bytes: bytes(this.#read), of, rate, left });
  }
}
