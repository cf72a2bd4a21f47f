// Clears journals of segments that are kept as a whole: a receiver that was killed between the two leaves one behind.

import type { ClusterRepository } from './repository.ts';
import { keptFiles, readPartial, readSegment, segmentSizeOf } from './wal-catalog.ts';

/** Only what the whole segment holds, byte by byte, is removed; whoever calls holds the receiver's lease. The names. */
export async function dropFinishedPartials(repo: ClusterRepository): Promise<string[]> {
  const files = await keptFiles(repo, await segmentSizeOf(repo));
  const whole = new Set(files.flatMap(({ kind, name }) => (kind === 'segment' ? [name] : [])));
  const dropped: string[] = [];
  for (const { kind, name, start } of files) {
    if (kind !== 'partial' || !whole.has(name)) continue;
    const [partial, segment] = [await readPartial(repo, name), await readSegment(repo, name)];
    const length = partial ? Number(partial.end - start) : 0;
    if (partial && segment?.subarray(0, length).equals(partial.bytes.subarray(0, length)) !== true) continue;
    await repo.store.remove(repo.names.partial(name));
    dropped.push(name);
  }
  return dropped;
}
