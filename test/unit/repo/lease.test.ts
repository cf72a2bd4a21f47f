// Leases: one holder at a time, kept up while its process lives, free again soon after it died, whatever the clocks say.

import { describe, expect, it } from 'vitest';
import { type MemoryStore, memoryStore } from '../../../src/drivers/memory-store.ts';
import { threadWorks } from '../../../src/drivers/works.ts';
import { Fault } from '../../../src/faults.ts';
import type { Clock } from '../../../src/ports.ts';
import type { Holder } from '../../../src/repo/holder.ts';
import { held } from '../../../src/repo/lease-note.ts';
import { leases, takeLease } from '../../../src/repo/lease.ts';
import { type ClusterRepository, createRepository, inCluster } from '../../../src/repo/repository.ts';
import { type Duration, instant } from '../../../src/time.ts';

const works = threadWorks();

/** A world whose time goes on only when it is told to; our clock may be ahead of the store's. */
async function world(ahead = 0): Promise<{
  readonly store: MemoryStore;
  readonly repo: (holder?: Partial<Holder>) => ClusterRepository;
  readonly pass: (duration: number) => Promise<void>;
}> {
  let now = 1_800_000_000_000;
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  const clock: Clock = {
    now: () => instant(new Date(now + ahead)),
    ticks: () => now,
    sleep: (duration: Duration, stop) =>
      new Promise(resolve => {
        const wake = (): void => {
          stop?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper = { until: now + duration, wake };
        sleepers.add(sleeper);
        stop?.addEventListener('abort', wake, { once: true });
      }),
  };
  const store = memoryStore('/var/lib/lifeboat');
  store.clock = () => now;
  const made = await createRepository(store, works, clock);
  const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
  return {
    store,
    repo: holder =>
      inCluster(
        { ...made, holder: { host: 'backup1', place: 'here', pid: 7, born: '1', gone: () => false, ...holder } },
        'main',
      ),
    pass: async duration => {
      const end = now + duration;
      while (now < end) {
        now = Math.min(end, now + 1000);
        for (const sleeper of [...sleepers].filter(({ until }) => until <= now)) {
          sleepers.delete(sleeper);
          sleeper.wake();
        }
        for (let turns = 0; turns < 5; turns += 1) await settle();
      }
    },
  };
}

/** As after a kill -9: nobody renews it, and this process does not count it as its own. */
const killed = async (
  store: MemoryStore,
  repo: ClusterRepository,
  request: Parameters<typeof takeLease>[1],
): Promise<void> => {
  const lease = await takeLease(repo, request, 'someone@backup1');
  const name = repo.names.lease(lease.kind, lease.id);
  const bytes = store.things.get(name)!;
  await lease.release();
  await store.put(name, bytes);
};

const locked = (attempt: Promise<unknown>): Promise<void> => expect(attempt).rejects.toMatchObject({ code: 'locked' });

describe('a lease', () => {
  it('is seen by all, and gone after its release', async () => {
    const { repo, store } = await world();
    const lease = await takeLease(repo(), { kind: 'backup', id: 'b1', names: ['b0'] }, 'postgres@backup1');
    expect(await leases(repo())).toMatchObject([
      { kind: 'backup', id: 'b1', names: ['b0'], owner: 'postgres@backup1', pid: 7, stale: false },
    ]);
    await lease.add(['b2']);
    expect((await leases(repo()))[0]?.names).toEqual(['b0', 'b2']);
    await lease.release();
    await lease.release();
    expect(await leases(repo())).toEqual([]);
    expect([...store.things.keys()].filter(name => name.includes('/leases/'))).toEqual([]);
    expect(held.size).toBe(0);
  });

  it('has one holder where it has an id, and says who that is', async () => {
    const { repo } = await world();
    const first = await takeLease(repo(), { kind: 'receive', id: 'main' }, 'postgres@backup1');
    const refused = await takeLease(repo(), { kind: 'receive', id: 'main' }, 'other').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Fault);
    expect((refused as Fault).message).toMatch(
      /^another receive of cluster "main" is at work in \/var\/lib\/lifeboat: postgres@backup1, process 7 on backup1, since /,
    );
    await first.release();
    await (await takeLease(repo(), { kind: 'receive', id: 'main' }, 'other')).release();
  });

  it('has as many as like where it has none', async () => {
    const { repo } = await world();
    const both = [await takeLease(repo(), { kind: 'verify' }, 'a'), await takeLease(repo(), { kind: 'verify' }, 'b')];
    expect(await leases(repo())).toHaveLength(2);
    for (const one of both) await one.release();
  });

  it.each([0, 600_000, -600_000])('is kept up for as long as it is held, with our clock %d ms off', async ahead => {
    const { repo, pass } = await world(ahead);
    const lease = await takeLease(repo(), { kind: 'receive', id: 'main' }, 'a');
    // Seen from here as it is from another process.
    held.clear();
    await pass(305_000);
    expect(await leases(repo())).toHaveLength(1);
    await locked(takeLease(repo(), { kind: 'receive', id: 'main' }, 'b'));
    expect(lease.lost.aborted).toBe(false);
    await lease.confirm();
    await lease.release();
    expect(await leases(repo())).toEqual([]);
  });

  it.each([0, 600_000, -600_000])('is free a minute after its holder died, with our clock %d ms off', async ahead => {
    const { repo, pass, store } = await world(ahead);
    await killed(store, repo(), { kind: 'receive', id: 'main' });
    await pass(50_000);
    expect(await leases(repo())).toHaveLength(1);
    await locked(takeLease(repo(), { kind: 'receive', id: 'main' }, 'b'));
    await pass(15_000);
    expect(await leases(repo())).toEqual([]);
    const taken = await takeLease(repo(), { kind: 'receive', id: 'main' }, 'b');
    expect((await leases(repo())).find(({ kind }) => kind === 'receive')).toMatchObject({ owner: 'b' });
    await taken.release();
  });

  it('is free at once where its process is known to be dead', async () => {
    const { repo, store } = await world();
    await killed(store, repo(), { kind: 'receive', id: 'main' });
    await locked(takeLease(repo({ place: 'elsewhere', gone: () => true }), { kind: 'receive', id: 'main' }, 'b'));
    const here = repo({ gone: (pid, born) => pid === 7 && born === '1' });
    await (await takeLease(here, { kind: 'receive', id: 'main' }, 'b')).release();
  });

  it('goes to one only, of many that find it stale', async () => {
    const { repo, store, pass } = await world();
    await killed(store, repo(), { kind: 'receive', id: 'main' });
    await pass(120_000);
    const tries = await Promise.allSettled(
      Array.from({ length: 8 }, (_, at) => takeLease(repo(), { kind: 'receive', id: 'main' }, `${at}`)),
    );
    const won = tries.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []));
    expect(won).toHaveLength(1);
    await won[0]?.confirm();
    await won[0]?.release();
  });

  it('is lost, and says so, where another has taken it or it cannot be renewed', async () => {
    const { repo, store, pass } = await world();
    const lease = await takeLease(repo(), { kind: 'receive', id: 'main' }, 'a');
    await store.put(repo().names.lease('receive', 'main'), Buffer.from('{"nonce":"another","names":[]}'));
    await pass(11_000);
    expect(lease.lost.aborted).toBe(true);
    await locked(lease.confirm());
    await lease.release();
    expect(store.things.has(repo().names.lease('receive', 'main'))).toBe(true);

    const second = await takeLease(repo(), { kind: 'backup', id: 'b' }, 'a');
    store.room = 0;
    await pass(40_000);
    expect(second.lost.aborted).toBe(false);
    await pass(20_000);
    expect(second.lost.aborted).toBe(true);
    await second.release();
  });

  it('counts where it cannot be read, until it is old', async () => {
    const { repo, store, pass } = await world();
    await store.put(repo().names.lease('restore', 'x'), Buffer.from('{"half'));
    expect(await leases(repo())).toMatchObject([{ kind: 'restore', id: 'x', owner: 'unknown' }]);
    await pass(61_000);
    expect(await leases(repo())).toEqual([]);
  });
});
