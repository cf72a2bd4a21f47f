// A repository is opened by whoever may, and by nobody else; every refusal says what to do before anything is written.

import { describe, expect, it } from 'vitest';
import { type MemoryStore, memoryStore } from '../../../src/drivers/memory-store.ts';
import { threadWorks } from '../../../src/drivers/works.ts';
import { Fault } from '../../../src/faults.ts';
import type { Clock } from '../../../src/ports.ts';
import { claimCluster, identityOf } from '../../../src/repo/identity.ts';
import { newIdentity } from '../../../src/repo/key-text.ts';
import type { Unlock } from '../../../src/repo/keys.ts';
import { writePlain } from '../../../src/repo/plain-json.ts';
import { createRepository, inCluster, openRepository, rewrap } from '../../../src/repo/repository.ts';
import { Damage } from '../../../src/repo/vault.ts';
import type { Instant } from '../../../src/time.ts';

const works = threadWorks();
const clock: Clock = {
  now: () => '2026-11-21T03:12:44.000Z' as Instant,
  ticks: () => 0,
  sleep: () => Promise.resolve(),
};
const passphrase = { passphrase: 'correct horse battery staple' };
const pair = (): { unlock: Unlock; recipient: string } => {
  const { text, recipient } = newIdentity(works.random(32), clock.now());
  return { unlock: { identity: text, where: '/etc/lifeboat/identity' }, recipient };
};
const [ours, safe, strange] = [pair(), pair(), pair()];

const fault = async (attempt: Promise<unknown>): Promise<Fault> => {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Fault) return error;
  throw new Error(`no Fault: ${String(error)}`);
};
const open = (store: MemoryStore, unlock?: Unlock): ReturnType<typeof openRepository> =>
  openRepository(store, works, clock, unlock);

async function encrypted(...wrappings: Parameters<typeof createRepository>[3] & object): Promise<MemoryStore> {
  const store = memoryStore('/var/lib/lifeboat');
  const repo = await createRepository(store, works, clock, wrappings);
  await repo.vault.put('clusters/main/x', 'proof', Buffer.from('what is kept'));
  return store;
}

const kept = async (store: MemoryStore, unlock?: Unlock): Promise<string | undefined> =>
  (await (await open(store, unlock)).vault.get('clusters/main/x', 'proof'))?.toString();

// scrypt takes its time, by design, and more on a busy machine.
describe('a repository', { timeout: 60_000 }, () => {
  it('is there after it was made, without a key and with one', async () => {
    const store = memoryStore('/var/lib/lifeboat');
    const made = await createRepository(store, works, clock);
    expect((await open(store)).id).toBe(made.id);
    expect((await open(store)).encrypted).toBe(false);
    expect(await kept(await encrypted(passphrase), passphrase)).toBe('what is kept');
    expect(await kept(await encrypted({ recipient: ours.recipient }), ours.unlock)).toBe('what is kept');
  });

  it('opens with each of its keys, and with no other', async () => {
    const store = await encrypted(passphrase, { recipient: ours.recipient }, { recipient: safe.recipient });
    for (const unlock of [passphrase, ours.unlock, safe.unlock]) expect(await kept(store, unlock)).toBe('what is kept');
    const before = store.things;
    const refused = [
      await fault(open(store, { passphrase: 'correct horse battery stable' })),
      await fault(open(store, strange.unlock)),
      await fault(open(store)),
    ];
    expect(refused.map(({ code }) => code)).toEqual(['refused', 'refused', 'refused']);
    expect(refused[0]?.message).toBe('the passphrase does not open the repository /var/lib/lifeboat');
    expect(refused[0]?.hint).toContain(ours.recipient);
    expect(refused[1]?.message).toBe(
      'the identity in /etc/lifeboat/identity does not open the repository /var/lib/lifeboat',
    );
    expect(refused[2]?.message).toBe('the repository /var/lib/lifeboat is encrypted, and no key is given');
    expect(refused[2]?.hint).toContain('passphrase_file');
    expect(store.things).toEqual(before);
  });

  it('never writes a key or a passphrase', async () => {
    const store = await encrypted(passphrase, { recipient: ours.recipient });
    const all = Buffer.concat([...store.things.values()]).toString('latin1');
    expect(all).not.toContain('correct horse');
    expect(all).not.toContain('IDENTITY');
  });

  it('takes a passphrase typed in another form of the same letters', async () => {
    expect(await kept(await encrypted({ passphrase: 'Z\u00fcrich' }), { passphrase: 'Zu\u0308rich' })).toBe(
      'what is kept',
    );
  });

  it('refuses a key where it is not encrypted: the site believes that it is', async () => {
    const store = memoryStore('/var/lib/lifeboat');
    await createRepository(store, works, clock);
    expect((await fault(open(store, passphrase))).message).toBe(
      'the repository /var/lib/lifeboat is not encrypted, and the inventory has a key for it',
    );
  });

  it('is not made twice, nor over backups that have lost their repository.json', async () => {
    const store = await encrypted(passphrase);
    expect((await fault(createRepository(store, works, clock))).code).toBe('refused');
    await store.remove('repository.json');
    expect((await fault(createRepository(store, works, clock))).code).toBe('refused');
    await store.remove('repository.copy.json');
    const refused = await fault(createRepository(store, works, clock));
    expect(refused.message).toContain('has backups and no repository.json');
    expect((await fault(open(store, passphrase))).message).toBe('there is no repository at /var/lib/lifeboat');
  });

  it('has one maker, however many begin at once', async () => {
    const store = memoryStore();
    const made = await Promise.allSettled(
      Array.from({ length: 4 }, () => createRepository(store, works, clock, [passphrase])),
    );
    const [winner] = made.flatMap(one => (one.status === 'fulfilled' ? [one.value.id] : []));
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await open(store, passphrase)).id).toBe(winner);
  });

  it('of a newer format is refused as that', async () => {
    const store = memoryStore('/var/lib/lifeboat');
    await store.put('repository.json', writePlain({ format: 2, id: 'x', somehow: 'else' }));
    const refused = await fault(open(store));
    expect(refused.message).toBe('the repository /var/lib/lifeboat has format 2, and this Lifeboat reads format 1');
    expect(refused.hint).toContain('newer Lifeboat');
  });

  it('is opened with the copy where any bit of repository.json has flipped, or it was cut off, and tells', async () => {
    const store = await encrypted({ recipient: ours.recipient });
    const good = store.things.get('repository.json')!;
    for (let bit = 0; bit < good.length * 8; bit += 131) {
      const flipped = Buffer.from(good);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      await store.put('repository.json', flipped);
      const repo = await open(store, ours.unlock);
      expect(
        repo.damaged.map(({ object }) => object),
        `bit ${bit}`,
      ).toEqual(['repository.json']);
    }
    for (const length of [0, 1, 100, good.length - 1]) {
      await store.put('repository.json', good.subarray(0, length));
      expect((await open(store, ours.unlock)).damaged, `cut at ${length}`).toHaveLength(1);
    }
    await store.remove('repository.json');
    expect((await open(store, ours.unlock)).damaged[0]?.message).toBe('repository.json: it is missing');
    expect(await kept(store, ours.unlock)).toBe('what is kept');
  });

  it('names the file where both are damaged', async () => {
    const store = await encrypted(passphrase);
    for (const name of ['repository.json', 'repository.copy.json']) await store.put(name, Buffer.from('{"format":1,'));
    const refused = await fault(open(store, passphrase));
    expect(refused.message).toBe(
      'the repository /var/lib/lifeboat cannot be read: repository.json: no whole JSON: it was cut off or damaged',
    );
    expect(refused.hint).toContain('put back repository.json');
  });
});

describe('changing who may open it', { timeout: 60_000 }, () => {
  it('adds and removes keys without touching what was written', async () => {
    const store = await encrypted(passphrase);
    const written = store.things.get('clusters/main/x');
    const { encryption } = await rewrap(store, works, passphrase, {
      add: [{ recipient: ours.recipient }, { passphrase: 'a new one' }],
    });
    expect(encryption?.keys).toHaveLength(3);
    const [old] = encryption?.keys ?? [];
    await rewrap(store, works, ours.unlock, { remove: [old!.id] });
    await fault(open(store, passphrase));
    expect(await kept(store, { passphrase: 'a new one' })).toBe('what is kept');
    await rewrap(store, works, ours.unlock, { remove: [ours.recipient] });
    await fault(open(store, ours.unlock));
    expect(await kept(store, { passphrase: 'a new one' })).toBe('what is kept');
    expect(store.things.get('clusters/main/x')).toEqual(written);
  });

  it('refuses to lock everybody out, an unknown key, a stranger, and a repository without keys', async () => {
    const store = await encrypted({ recipient: ours.recipient });
    const before = store.things;
    expect((await fault(rewrap(store, works, ours.unlock, { remove: [ours.recipient] }))).message).toContain(
      'nobody could open',
    );
    expect((await fault(rewrap(store, works, ours.unlock, { remove: ['00000000'] }))).hint).toContain(ours.recipient);
    await fault(rewrap(store, works, strange.unlock, { add: [passphrase] }));
    expect(store.things).toEqual(before);
    const plain = memoryStore();
    await createRepository(plain, works, clock);
    await fault(rewrap(plain, works, passphrase, { add: [passphrase] }));
  });

  it('refuses a recipient and an identity with a letter that was copied wrongly', async () => {
    const wrong = ours.recipient.replace(/.$/, last => (last === 'A' ? 'B' : 'A'));
    expect((await fault(encrypted({ recipient: wrong }))).code).toBe('invalid');
    const store = await encrypted({ recipient: ours.recipient });
    const { identity } = ours.unlock as { identity: string };
    const spoilt = identity.replace(
      /(IDENTITY-)(.)/,
      (_, mark: string, first: string) => mark + (first === 'A' ? 'B' : 'A'),
    );
    expect((await fault(open(store, { identity: spoilt, where: '/etc/x' }))).message).toBe(
      '/etc/x is no identity file',
    );
  });
});

describe('the identity of a cluster', () => {
  const own = { systemId: '7435', major: 15, segmentSize: 16_777_216 };

  it('is claimed once and compared by whoever writes, naming both sides', async () => {
    const repo = inCluster(await createRepository(memoryStore('/var/lib/lifeboat'), works, clock), 'main');
    expect(await identityOf(repo)).toBeUndefined();
    await claimCluster(repo, own, 'node1');
    expect(await claimCluster(repo, own, 'node2')).toMatchObject(own);
    expect(await identityOf(repo)).toMatchObject(own);
    const refused = await fault(claimCluster(repo, { ...own, systemId: '9999' }, 'node3'));
    expect(refused.code).toBe('refused');
    expect(refused.message).toBe(
      'the repository /var/lib/lifeboat keeps cluster "main" of system identifier 7435, and node3 has system identifier 9999',
    );
    expect((await fault(claimCluster(repo, { ...own, major: 16 }, 'node3'))).message).toContain(
      'PostgreSQL 15, and node3 has PostgreSQL 16',
    );
    expect((await fault(claimCluster(repo, { ...own, segmentSize: 1 << 20 }, 'node3'))).message).toContain(
      '16777216 bytes',
    );
    expect(await identityOf(repo)).toMatchObject(own);
  });

  it('goes to one of two that claim it at once', async () => {
    const repo = inCluster(await createRepository(memoryStore(), works, clock), 'main');
    const claims = await Promise.allSettled(
      ['1', '2', '3'].map(systemId => claimCluster(repo, { ...own, systemId }, `node${systemId}`)),
    );
    expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is damage where a bit of it has flipped', async () => {
    const store = memoryStore();
    const repo = inCluster(await createRepository(store, works, clock), 'main');
    await claimCluster(repo, own, 'node1');
    const good = store.things.get(repo.names.identity)!;
    for (let bit = 0; bit < good.length * 8; bit += 1) {
      const flipped = Buffer.from(good);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      await store.put(repo.names.identity, flipped);
      await expect(identityOf(repo), `bit ${bit}`).rejects.toBeInstanceOf(Damage);
    }
  });

  it('has a name that is no path', async () => {
    const repo = await createRepository(memoryStore(), works, clock);
    expect(() => inCluster(repo, '../other')).toThrow(Fault);
    expect(() => inCluster(repo, 'a/b')).toThrow(Fault);
  });
});
