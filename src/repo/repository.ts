// A repository that is open: its store, its vault, and what works on bytes; and the part of it that belongs to one cluster.

import { Fault } from '../faults.ts';
import type { Clock } from '../ports.ts';
import type { Damage } from './damage.ts';
import { createDescription, type Description, readDescription, writeDescription } from './description.ts';
import type { Holder } from './holder.ts';
import { type Unlock, unwrapKey, wrapKey, type WrappedKey, type Wrapping } from './keys.ts';
import { type ClusterNames, clusterNames } from './layout.ts';
import { openVault } from './open-vault.ts';
import type { Store } from './store.ts';
import { isStoreWord } from './store-name.ts';
import type { Vault } from './vault.ts';
import type { Works } from './works.ts';

export interface Repository {
  readonly id: string;
  /** For messages: `/var/lib/lifeboat`. */
  readonly where: string;
  readonly encrypted: boolean;
  readonly store: Store;
  readonly vault: Vault;
  readonly works: Works;
  readonly clock: Clock;
  /** Who we are, for leases; absent in tests that have no process. */
  readonly holder?: Holder;
  /** Which of the two files that describe it is damaged; it was opened with the other. */
  readonly damaged: readonly Damage[];
}

export interface ClusterRepository extends Repository {
  readonly cluster: string;
  readonly names: ClusterNames;
}

/**
 * Makes a repository in an empty store.
 *
 * @param wrappings for whom the data key is wrapped; none: nothing is encrypted
 */
export async function createRepository(
  store: Store,
  works: Works,
  clock: Clock,
  wrappings: readonly Wrapping[] = [],
): Promise<Repository> {
  // Backups without their description are a repository that has lost it: with a new key over the old one nobody could read them again.
  const found = (await readDescription(store)) ? 'repository.json' : (await store.list('clusters/'))[0]?.name;
  if (found !== undefined) throw occupied(store, found);
  const id = works.random(16).toString('hex');
  const key = wrappings.length === 0 ? null : works.random(32);
  const keys = key === null ? [] : await wrapAll(works, key, id, wrappings);
  const description: Description = {
    format: 1,
    id,
    created: clock.now(),
    encryption: key === null ? null : { cipher: 'AES-256-GCM', keys },
  };
  if (!(await createDescription(store, description))) throw occupied(store, 'repository.json');
  return opened(store, works, clock, { description, damaged: [] }, key);
}

/** Throws a Fault `refused` where there is none, where it is encrypted and `unlock` does not open it, and where it is not and `unlock` is given. */
export async function openRepository(store: Store, works: Works, clock: Clock, unlock?: Unlock): Promise<Repository> {
  const found = await readDescription(store);
  if (found === undefined) throw none(store);
  return opened(store, works, clock, found, await keyOf(store, works, found.description, unlock));
}

/** The names of a cluster in it. */
export function inCluster(repository: Repository, cluster: string): ClusterRepository {
  if (!isStoreWord(cluster)) {
    throw new Fault('invalid', `a cluster called "${cluster}" cannot be kept in a repository`, {
      hint: 'name it with letters, digits, ".", "_" and "-"',
    });
  }
  return { ...repository, cluster, names: clusterNames(cluster) };
}

/** What is changed about who may open it. The data key stays, and with it everything that was written. */
export interface KeyChange {
  readonly add?: readonly Wrapping[];
  /** The id of a key, or its recipient. */
  readonly remove?: readonly string[];
}

/** Wraps the data key for others. Throws a Fault `refused` where nobody would be left, or what shall go is not there. */
export async function rewrap(store: Store, works: Works, unlock: Unlock, change: KeyChange): Promise<Description> {
  const found = await readDescription(store);
  if (found === undefined) throw none(store);
  const { description } = found;
  const key = await keyOf(store, works, description, unlock);
  if (key === null || description.encryption === null) throw plain(store);
  const held = description.encryption.keys;
  const gone = change.remove ?? [];
  const isMeant = (wrapped: WrappedKey, name: string): boolean =>
    wrapped.id === name || (wrapped.kind === 'recipient' && wrapped.recipient === name);
  const strange = gone.find(name => !held.some(wrapped => isMeant(wrapped, name)));
  if (strange !== undefined)
    throw new Fault('refused', `the repository ${store.where} has no key "${strange}"`, {
      hint: `it has: ${keyNames(held)}`,
    });
  const keys = [
    ...held.filter(wrapped => !gone.some(name => isMeant(wrapped, name))),
    ...(await wrapAll(works, key, description.id, change.add ?? [])),
  ];
  if (keys.length === 0)
    throw new Fault('refused', `without that key nobody could open the repository ${store.where} any more`, {
      hint: 'add another key first: lifeboat repo key add',
    });
  const changed: Description = { ...description, encryption: { ...description.encryption, keys } };
  await writeDescription(store, changed);
  return changed;
}

/** `passphrase 3f2a91c0, lifeboat-recipient-…`: for people. */
export const keyNames = (keys: readonly WrappedKey[]): string =>
  keys.map(key => (key.kind === 'passphrase' ? `passphrase ${key.id}` : key.recipient)).join(', ');

const wrapAll = (works: Works, key: Buffer, id: string, wrappings: readonly Wrapping[]): Promise<WrappedKey[]> =>
  Promise.all(wrappings.map(wrapping => wrapKey(works, key, id, wrapping)));

function opened(
  store: Store,
  works: Works,
  clock: Clock,
  { description, damaged }: { readonly description: Description; readonly damaged: readonly Damage[] },
  key: Buffer | null,
): Repository {
  const vault = openVault(store, works, key);
  return { id: description.id, where: store.where, encrypted: key !== null, store, vault, works, clock, damaged };
}

async function keyOf(
  store: Store,
  works: Works,
  { id, encryption }: Description,
  unlock: Unlock | undefined,
): Promise<Buffer | null> {
  if (encryption === null) {
    if (unlock === undefined) return null;
    throw plain(store);
  }
  if (unlock === undefined)
    throw new Fault('refused', `the repository ${store.where} is encrypted, and no key is given`, {
      hint: 'in the inventory: repositories: { NAME: { path: …, encryption: { passphrase_file: FILE } } }, or identity: FILE',
    });
  const key = await unwrapKey(works, id, encryption.keys, unlock);
  if (key) return key;
  const tried = 'passphrase' in unlock ? 'the passphrase' : `the identity in ${unlock.where}`;
  throw new Fault('refused', `${tried} does not open the repository ${store.where}`, {
    hint: `it opens with: ${keyNames(encryption.keys)}`,
  });
}

const none = (store: Store): Fault =>
  new Fault('refused', `there is no repository at ${store.where}`, {
    hint: `is its disk mounted? findmnt -T ${store.where}; the first backup or wal receive makes one, or: lifeboat repo init`,
  });

const plain = (store: Store): Fault =>
  new Fault('refused', `the repository ${store.where} is not encrypted, and the inventory has a key for it`, {
    hint: 'drop "encryption" from it in the inventory, or name another path and begin a new repository there',
  });

const occupied = (store: Store, name: string): Fault =>
  new Fault(
    'refused',
    name === 'repository.json'
      ? `there is a repository at ${store.where} already`
      : `${store.where} has backups and no repository.json: it is there ("${name}")`,
    {
      hint:
        name === 'repository.json'
          ? 'it is used as it is; or name another path'
          : 'put repository.json back from a copy; or name another path for a new repository',
    },
  );
