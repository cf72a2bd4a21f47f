// WAL that the primary has written and a receiver is about to keep: who asks what has just happened must not hear that nothing has.

import type { ClusterRepository } from '../repo/repository.ts';
import { leases } from '../repo/lease.ts';
import { receiverLease } from '../repo/receiver-lease.ts';
import { walKept } from '../repo/wal-catalog.ts';
import { ms, seconds } from '../time.ts';
import type { LiveCatalogue } from './live-catalogue.ts';

/** A receiver is a fraction of a second behind. One that is further behind is told of, not waited for. */
const patience = seconds(10);

/** Returns at once where no server writes, and where no receiver is at work. */
export async function untilKept(repo: ClusterRepository, live: LiveCatalogue | undefined): Promise<void> {
  const written = live?.isPrimary === true ? live.lsn : null;
  if (written === null) return;
  const received = (await leases(repo)).some(({ kind, id }) => kind === receiverLease.kind && id === receiverLease.id);
  if (!received) return;
  const deadline = performance.now() + patience;
  while (performance.now() < deadline) {
    const { stretches } = await walKept(repo);
    if (stretches.some(({ timeline, to }) => timeline === live?.timeline && to >= written)) return;
    await repo.clock.sleep(ms(100));
  }
}
