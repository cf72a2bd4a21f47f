// A file that grows at its end and is made durable bit by bit; after a failure nothing of it counts as durable any more.

import type { FileHandle } from 'node:fs/promises';
import type { Fault } from '../faults.ts';
import type { Growing } from '../repo/store.ts';

export async function growingFile(file: FileHandle, told: (error: unknown) => Fault): Promise<Growing> {
  let size = (await file.stat()).size;
  let broken: Fault | undefined;
  const careful = async (act: () => Promise<void>): Promise<void> => {
    // After fsync has failed once, the kernel may have dropped the pages, and the next fsync says that all is well.
    if (broken) throw broken;
    try {
      await act();
    } catch (error) {
      broken = told(error);
      throw broken;
    }
  };
  return {
    get size() {
      return size;
    },
    write: piece =>
      careful(async () => {
        for (let at = 0; at < piece.length;) {
          const { bytesWritten } = await file.write(piece, at, piece.length - at, size);
          at += bytesWritten;
          size += bytesWritten;
        }
      }),
    sync: () => careful(() => file.datasync()),
    truncate: to =>
      careful(async () => {
        await file.truncate(to);
        await file.datasync();
        size = to;
      }),
    close: () => file.close(),
  };
}
