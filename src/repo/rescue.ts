// WAL of a stopped server that the repository has not: whole segments as they are, the last one of each timeline as far as it was written.

import { compareLsn, type Lsn, lsn } from '../postgres/lsn.ts';
import { nextSegment, parseSegmentName } from '../postgres/segment.ts';
import { parseTimelineHex } from '../postgres/timeline.ts';
import { isMadeReady, readWalPage } from '../postgres/wal-page-header.ts';
import { listBackups } from './catalog.ts';
import type { Rescue, Rescued } from './keeping.ts';
import type { ClusterRepository } from './repository.ts';
import { keptFiles, segmentSizeOf } from './wal-catalog.ts';
import { indexSegment } from './wal-index.ts';
import { putPartial } from './wal-put-partial.ts';
import { putHistory, putSegment, type WalPut } from './wal-put.ts';

interface Held {
  readonly name: string;
  readonly bytes: Buffer;
}

/** @param owner user@machine, for the lease under which an unfinished segment grows */
export async function rescue(repo: ClusterRepository, names: readonly string[], owner: string): Promise<Rescue> {
  const size = await segmentSizeOf(repo);
  const [files, backups] = await Promise.all([keptFiles(repo, size), listBackups(repo)]);
  const kept = new Set(files.filter(one => one.kind === 'segment').map(one => one.name));
  // Every way back begins at a backup: what ended before the first of them leads nowhere, and servers wait while it is brought.
  const first = backups.map(({ start }) => start).sort(compareLsn)[0] ?? lsn(0n);
  const isOfUse = (name: string): boolean => {
    const start = parseSegmentName(name, size)?.start;
    return start === undefined || start + BigInt(size) > first;
  };
  const wanted = names.filter(isWal).filter(name => !kept.has(name) && isOfUse(name));
  return new Rescuing(repo, owner, kept, wanted.sort(historiesFirst));
}

const isWal = (name: string): boolean => /^(?:[0-9A-F]{24}|[0-9A-F]{8}\.history)$/.test(name);

/** Whoever reads the segments of a timeline asks for its history before. */
const historiesFirst = (a: string, b: string): number =>
  Number(b.endsWith('.history')) - Number(a.endsWith('.history')) || (a < b ? -1 : 1);

class Rescuing implements Rescue {
  readonly wanted: readonly string[];
  readonly #repo: ClusterRepository;
  readonly #owner: string;
  readonly #kept: ReadonlySet<string>;
  /** The latest that is WAL of its place: whether it is a whole one shows only when the next one comes. */
  #last: Held | undefined;
  #brought = 0;
  readonly #quarantined: string[] = [];

  constructor(repo: ClusterRepository, owner: string, kept: ReadonlySet<string>, wanted: readonly string[]) {
    this.#repo = repo;
    this.#owner = owner;
    this.#kept = kept;
    this.wanted = wanted;
  }

  async take(name: string, bytes: Buffer): Promise<'enough' | undefined> {
    const line = parseTimelineHex(/^([0-9A-F]{8})\.history$/.exec(name)?.[1] ?? '');
    if (line !== undefined) {
      this.#count(name, await putHistory(this.#repo, line, bytes));
      return undefined;
    }
    const start = parseSegmentName(name, bytes.length)?.start;
    if (start === undefined) return undefined;
    // Behind it there are only more of these, but for those of a later timeline.
    if (isMadeReady(bytes, start)) return sameTimeline(name, this.wanted.at(-1)) ? 'enough' : undefined;
    if (!isFirstPage(bytes, start)) return undefined;
    await this.#settle(name);
    this.#last = { name, bytes };
    return undefined;
  }

  async end(): Promise<Rescued> {
    await this.#settle(undefined);
    return { brought: this.#brought, quarantined: this.#quarantined };
  }

  async #settle(next: string | undefined): Promise<void> {
    const last = this.#last;
    if (last === undefined) return;
    this.#last = undefined;
    const { name, bytes } = last;
    const who = `WAL segment "${name}"`;
    const put = this.#isWhole(last, next)
      ? await this.#putWhole(last, who)
      : await putPartial(this.#repo, name, bytes, { who, owner: this.#owner });
    this.#count(name, put);
  }

  async #putWhole({ name, bytes }: Held, who: string): Promise<WalPut> {
    const put = await putSegment(this.#repo, name, bytes, who);
    // Else whoever chooses a way back would read the segment each time.
    if (put === 'put') await indexSegment(this.#repo, name, bytes);
    return put;
  }

  /**
   * It is finished where WAL goes on in the next one. The very last never counts as that, however full it is: taken back, the
   * server may write on in it.
   */
  #isWhole({ name, bytes }: Held, next: string | undefined): boolean {
    const following = nextSegment(name, bytes.length);
    return following !== undefined && (following === next || this.#kept.has(following));
  }

  #count(name: string, put: WalPut): void {
    if (put === 'put') this.#brought += 1;
    if (put === 'quarantined') this.#quarantined.push(name);
  }
}

/** The first eight digits of a segment's name. */
const sameTimeline = (a: string, b = ''): boolean => a.slice(0, 8) === b.slice(0, 8);

const isFirstPage = (bytes: Buffer, start: Lsn): boolean =>
  typeof readWalPage(bytes, { start, segmentSize: bytes.length, offset: 0 }) !== 'string';
