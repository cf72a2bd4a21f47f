// A base backup played from memory, for what the engine does with a stream that breaks at a given byte: the real ones are in test/lab.

import { lsn } from '../../src/postgres/lsn.ts';
import { timeline } from '../../src/postgres/timeline.ts';
import { versionOf } from '../../src/postgres/version.ts';
import type { WalKeeper } from '../../src/repo/base-backup.ts';
import type { BackupEnd, BackupSink, Replication } from '../../src/repo/replication.ts';
import { bytes } from '../../src/time.ts';

export interface Played {
  /** The data directory as a tar archive. */
  readonly base: Buffer;
  /** Of tablespaces, by oid. */
  readonly tablespaces?: Readonly<Record<string, Buffer>>;
  readonly manifest?: Buffer;
  readonly damaged?: string;
  readonly systemId?: string;
  readonly segmentSize?: number;
  /** Where its WAL begins and ends. */
  readonly start?: bigint;
  readonly stop?: bigint;
  /** Bytes after which the connection breaks with this error. */
  readonly breaks?: { readonly after: number; readonly with: Error };
  /** Called at each chunk. */
  readonly at?: (sent: number) => void;
}

const chunk = 300_000;

export function playedReplication(played: Played): Replication {
  const {
    base,
    tablespaces = {},
    manifest = Buffer.from('{"Files":[]}\n'),
    damaged = null,
    systemId = '7000000000000000001',
    segmentSize = 2 ** 24,
  } = played;
  const [start, stop] = [lsn(played.start ?? 0x2000028n), lsn(played.stop ?? 0x2000100n)];
  let closed = false;
  const no = (): never => {
    throw new Error('not played');
  };
  return {
    identify: () =>
      Promise.resolve({
        systemId,
        timeline: timeline(1),
        flushed: stop,
        version: versionOf(150018),
        segmentSize,
      }),
    async baseBackup(_options, sink: BackupSink): Promise<BackupEnd> {
      const archives = Object.entries(tablespaces);
      const size = archives.reduce((sum, [, archive]) => sum + archive.length, base.length);
      await sink.started({
        lsn: start,
        timeline: timeline(1),
        size: bytes(size),
        tablespaces: archives.map(([oid, archive]) => ({
          oid,
          location: `/space/${oid}`,
          size: bytes(archive.length),
        })),
      });
      let sent = 0;
      for (const [oid, archive] of [...archives, [null, base] as const]) {
        await sink.archive(oid, oid === null ? null : `/space/${oid}`);
        for (let from = 0; from < archive.length; from += chunk) {
          if (closed) throw new Error('the connection was closed');
          if (played.breaks && sent >= played.breaks.after) throw played.breaks.with;
          const piece = Buffer.from(archive.subarray(from, from + chunk));
          sent += piece.length;
          played.at?.(sent);
          await sink.data(piece);
        }
      }
      await sink.manifest(manifest);
      return { lsn: stop, timeline: timeline(1), damaged };
    },
    close() {
      closed = true;
      return Promise.resolve();
    },
    history: no,
    slot: no,
    createSlot: no,
    dropSlot: no,
    stream: no,
  };
}

export const walTakenForGranted: WalKeeper = {
  begin: () => Promise.resolve(),
  kept: () => Promise.resolve(),
  end: () => Promise.resolve(),
};
