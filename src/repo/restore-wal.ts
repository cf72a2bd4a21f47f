// The WAL that recovery will ask for, brought beforehand: history files, whole segments, and the unfinished one at full size under its real name.

import { historyFileName } from '../postgres/timeline.ts';
import { blockSize } from './backup.ts';
import { Damage } from './damage.ts';
import type { ClusterRepository } from './repository.ts';
import type { RestorePlan } from './restore-plan.ts';
import { type Entry, walFolder } from './restore-target.ts';
import { readPartial } from './wal-catalog.ts';

export async function* walEntries(repo: ClusterRepository, plan: RestorePlan): AsyncGenerator<Entry> {
  const { backup, wal } = plan;
  const [file, directory] = plan.groupAccess ? [0o640, 0o750] : [0o600, 0o700];
  const entry = (name: string, size: number, content: () => Promise<Pieces>): Entry => {
    // Read when the first piece is asked for, so that only the segments on their way are in memory.
    let read: Promise<Pieces> | undefined;
    return {
      path: `${walFolder}/${name}`,
      encoded: false,
      kind: 'file',
      target: null,
      size,
      mode: file,
      hashes: null,
      piece: async index => (await (read ??= content()))(index),
    };
  };
  yield {
    ...entry('', 0, () => Promise.resolve(cut(Buffer.alloc(0)))),
    path: walFolder,
    kind: 'directory',
    mode: directory,
  };
  for (const line of wal.histories) {
    const name = repo.names.history(line);
    const content = await repo.vault.get(name, 'history');
    if (content === undefined) throw new Damage(name, 'is not there');
    yield entry(historyFileName(line), content.length, () => Promise.resolve(cut(content)));
  }
  for (const { name, partial } of wal.segments) {
    yield entry(name, backup.segmentSize, () => (partial ? unfinished(repo, name) : whole(repo, name)));
  }
}

/** The bytes of a file by the number of the piece. */
type Pieces = (index: number) => Buffer;

const cut =
  (content: Buffer): Pieces =>
  index =>
    content.subarray(index * blockSize, (index + 1) * blockSize);

async function whole(repo: ClusterRepository, name: string): Promise<Pieces> {
  const object = repo.names.segment(name);
  const read = await repo.vault.read(object, 'segment');
  if (read === undefined) throw new Damage(object, 'is not there');
  // A frame is a piece: to join them first would copy each byte once more.
  const pieces: Buffer[] = [];
  for await (const piece of read) pieces.push(piece);
  return pieces.slice(0, -1).every(piece => piece.length === blockSize)
    ? index => pieces[index] ?? Buffer.alloc(0)
    : cut(Buffer.concat(pieces));
}

/** PostgreSQL ignores `….partial`, and a file that is too short is FATAL (seen on 13 to 18). A receiver may have finished it since it was chosen. */
async function unfinished(repo: ClusterRepository, name: string): Promise<Pieces> {
  const found = await readPartial(repo, name);
  return found ? cut(found.bytes) : whole(repo, name);
}
