// What is brought of a stopped server's pg_wal: what is not kept, the last segment as far as it was written, and nothing recycled.

import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/drivers/clock.ts';
import { memoryStore } from '../../../src/drivers/memory-store.ts';
import { threadWorks } from '../../../src/drivers/works.ts';
import { lsn, showLsn } from '../../../src/postgres/lsn.ts';
import { segmentName } from '../../../src/postgres/segment.ts';
import { timeline } from '../../../src/postgres/timeline.ts';
import { encodeBackup } from '../../../src/repo/backup-codec.ts';
import { type ClusterRepository, createRepository, inCluster } from '../../../src/repo/repository.ts';
import { rescue } from '../../../src/repo/rescue.ts';
import { walKept } from '../../../src/repo/wal-catalog.ts';
import { putSegment } from '../../../src/repo/wal-put.ts';
import { backup } from './restore-support.ts';
import { MB, walBytes } from '../../support/played-wal.ts';

let repo: ClusterRepository;

const name = (at: number): string => segmentName(timeline(1), lsn(BigInt(at * MB)), MB);
const whole = (at: number): Buffer => walBytes(1, BigInt(at * MB), BigInt((at + 1) * MB), { systemId: 7n, forks: [] });
/** Written half, and behind that the pages of the segment that it was before. */
const half = (at: number): Buffer => Buffer.concat([whole(at).subarray(0, MB / 2), whole(at - 2).subarray(MB / 2)]);

/** As the op does it, with the files of a directory. */
async function brought(files: Readonly<Record<string, Buffer>>) {
  const rescuing = await rescue(repo, Object.keys(files), 'alice@desk');
  const taken: string[] = [];
  for (const one of rescuing.wanted) {
    taken.push(one);
    if (await rescuing.take(one, files[one]!)) break;
  }
  return { ...(await rescuing.end()), wanted: rescuing.wanted, taken };
}

const keptTo = async (): Promise<readonly string[]> =>
  (await walKept(repo)).stretches.map(({ from, to, partial }) => `${showLsn(from)} ${showLsn(to)} ${String(partial)}`);

beforeEach(async () => {
  repo = inCluster(await createRepository(memoryStore(), threadWorks(), systemClock), 'main');
  await putSegment(repo, name(3), whole(3));
});

describe('rescued', () => {
  it('what is kept is not even read; of the last segment what was written; nothing of those for later use', async () => {
    const {
      wanted,
      taken,
      brought: count,
    } = await brought({
      [name(3)]: whole(3),
      [name(4)]: whole(4),
      [name(5)]: half(5),
      // Recycled, under names to come.
      [name(6)]: whole(2),
      [name(7)]: Buffer.alloc(MB),
      archive_status: Buffer.alloc(0),
    });
    expect(wanted).toEqual([name(4), name(5), name(6), name(7)]);
    expect(taken).toEqual([name(4), name(5), name(6)]);
    expect(count).toBe(2);
    expect(await keptTo()).toEqual([`0/300000 0/580000 ${name(5)}`]);
  });

  it('what ended before the first backup began stays where it is: no way back reads it', async () => {
    const kept = { ...backup, start: lsn(BigInt(5 * MB + 100)) };
    await repo.vault.putIfAbsent(repo.names.summary(backup.id), 'backup', encodeBackup(kept));
    const { wanted } = await brought({
      [name(2)]: whole(2),
      [name(4)]: whole(4),
      [name(5)]: whole(5),
      [name(6)]: half(6),
    });
    expect(wanted).toEqual([name(5), name(6)]);
  });

  it('a damaged segment is left out, and what lies behind it is brought', async () => {
    const damaged = whole(5).fill(0xee, 0, 100);
    const { taken, brought: count } = await brought({ [name(4)]: whole(4), [name(5)]: damaged, [name(6)]: half(6) });
    expect(taken).toEqual([name(4), name(5), name(6)]);
    expect(count).toBe(2);
  });

  it('the last one is never taken for a finished one, however full: the server may write on in it', async () => {
    await brought({ [name(4)]: whole(4) });
    expect(await keptTo()).toEqual([`0/300000 0/500000 ${name(4)}`]);
    // And what it has written then is no other WAL under a kept name.
    expect((await brought({ [name(4)]: whole(4), [name(5)]: half(5) })).quarantined).toEqual([]);
    expect(await keptTo()).toEqual([`0/300000 0/580000 ${name(5)}`]);
  });

  it('one that fills a gap before what is kept is whole', async () => {
    await putSegment(repo, name(5), whole(5));
    await brought({ [name(4)]: whole(4), [name(5)]: whole(5) });
    expect(await keptTo()).toEqual(['0/300000 0/600000 null']);
  });

  it('done again it brings nothing', async () => {
    const files = { [name(4)]: whole(4), [name(5)]: half(5) };
    await brought(files);
    expect(await brought(files)).toMatchObject({ brought: 0, quarantined: [] });
  });

  it('other bytes than those that are kept go to the quarantine, and are named', async () => {
    await brought({ [name(4)]: whole(4), [name(5)]: half(5) });
    const other = half(5);
    other[5000]! ^= 1;
    expect((await brought({ [name(5)]: other })).quarantined).toEqual([name(5)]);
  });
});
