// What a commit or an abort says (access/xact.h, ParseCommitRecord and ParseAbortRecord): subtransactions, files that go with it.

import { type RelationFile, relationFileAt, relationFileLength } from './relation-file.ts';

export interface Ending {
  /** Of the transaction itself, also where another session ended it after it had been prepared. */
  readonly xid: number;
  readonly prepared: boolean;
  /** Null where the record does not say: not every commit has to. */
  readonly database: number | null;
  readonly subxids: readonly number[];
  /** Removed with the record: of an abort those that the transaction had made. In the reverse order of the commands that did it. */
  readonly dropped: readonly RelationFile[];
}

/** Bits of xinfo. */
const [hasDatabase, hasSubxids, hasFiles, hasMessages, isTwoPhase, hasStatistics] = [0x1, 0x2, 0x4, 0x8, 0x10, 0x100];
/** DROP DATABASE sees to it that its commit is on the disk before anything goes on, and so do a few other rare commands. */
const isForced = 0x80000000;

export interface EndingBytes {
  readonly bytes: Buffer;
  /** Where the main data of the record begin. */
  readonly data: number;
  readonly hasInfo: boolean;
  readonly committed: boolean;
  /** That of the record's header. */
  readonly xid: number;
  readonly major: number;
}

/** The record must be there to its end. */
export function readEnding({ bytes, data, hasInfo, committed, xid, major }: EndingBytes): Ending {
  if (!hasInfo) return { xid, prepared: false, database: null, subxids: [], dropped: [] };
  const xinfo = bytes.readUInt32LE(data + 8);
  let at = data + 12;
  const list = (bit: number, size: number): number[] => {
    if ((xinfo & bit) === 0) return [];
    const [from, count] = [at + 4, bytes.readInt32LE(at)];
    at = from + count * size;
    return Array.from({ length: count }, (_, i) => from + i * size);
  };
  const database = (xinfo & hasDatabase) === 0 ? null : bytes.readUInt32LE(at);
  if (database !== null) at += 8;
  const subxids = list(hasSubxids, 4).map(place => bytes.readUInt32LE(place));
  const dropped = list(hasFiles, relationFileLength).map(place => relationFileAt(bytes, place));
  // Since 15; the ids of what they are about have 64 bits since 18.
  list(hasStatistics, major >= 18 ? 16 : 12);
  if (committed) list(hasMessages, 16);
  const prepared = (xinfo & isTwoPhase) !== 0;
  return { xid: prepared ? bytes.readUInt32LE(at) : xid, prepared, database, subxids, dropped };
}

/** Whether it may be the end of a TRUNCATE or a DROP: told from its first bytes, for the index of a segment. */
export function mayDrop({ bytes, data, hasInfo, committed }: Omit<EndingBytes, 'xid' | 'major'>): boolean {
  return committed && hasInfo && (bytes.readUInt32LE(data + 8) & (hasFiles | isForced)) !== 0;
}
