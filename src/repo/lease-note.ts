// A lease as it lies in the store, and whether its holder is still alive.

import { Fault } from '../faults.ts';
import { type Instant, instant, seconds } from '../time.ts';
import type { ClusterRepository } from './repository.ts';
import type { Stored, StoreName } from './store.ts';

export type LeaseKind = 'backup' | 'receive' | 'restore' | 'verify' | 'expire';

export interface LeaseNote {
  readonly kind: LeaseKind;
  readonly id: string;
  /** Backups that must not be removed meanwhile. */
  readonly names: readonly string[];
  readonly owner: string;
  readonly host: string;
  /** See {@link Holder.place}. */
  readonly place: string;
  readonly pid: number;
  /** When that process began, as its host tells it: a number that was given out again is another process. */
  readonly born: string;
  /** Tells this taking from any other. */
  readonly nonce: string;
  readonly started: Instant;
  readonly renewed: Instant;
}

export interface LeaseSeen extends LeaseNote {
  readonly object: StoreName;
  /** Its process is dead, or gave no sign of life for a minute. */
  readonly stale: boolean;
}

const staleAfter = seconds(60);

/** Nonces of the leases that this process holds: it lives, however long it stood still. */
export const held = new Set<string>();

export const noteBytes = (note: LeaseNote): Buffer => Buffer.from(`${JSON.stringify(note, undefined, 2)}\n`);

/** All that lie there, by name. Removes what lies beside them from a process that died meanwhile (see lease.ts). */
export async function seenLeases(repo: ClusterRepository): Promise<readonly LeaseSeen[]> {
  const stored = await repo.store.list(repo.names.leases);
  const notes: { readonly thing: Stored; readonly note: LeaseNote }[] = [];
  for (const thing of stored.filter(({ name }) => !isAside(name))) {
    const bytes = await repo.store.get(thing.name);
    if (bytes) notes.push({ thing, note: noteOf(bytes, thing) });
  }
  const now = await storeTime(repo, stored);
  for (const { name, at } of stored) if (isAside(name) && now - at > staleAfter) await repo.store.remove(name);
  return notes.map(({ thing, note }) => {
    const { holder } = repo;
    const died = holder?.place === note.place && holder.gone(note.pid, note.born);
    return { ...note, object: thing.name, stale: !held.has(note.nonce) && (died || now - thing.at > staleAfter) };
  });
}

/** Claims on dead leases, and questions for the time: no leases themselves. */
export const aside = { claim: '.gone', time: '.now' };
const isAside = (name: StoreName): boolean => Object.values(aside).some(end => name.endsWith(end));

/**
 * Now, by the store's clock. Ours may be minutes ahead of a file server's, and then every lease would look dead: where one looks so,
 * the store is asked, by putting something there.
 */
async function storeTime(
  { store, names, works, clock }: ClusterRepository,
  stored: readonly Stored[],
): Promise<number> {
  const ours = Date.parse(clock.now());
  if (stored.every(({ at }) => Math.abs(ours - at) <= staleAfter)) return ours;
  const question = `${names.lease('clock', works.random(6).toString('hex'))}${aside.time}`;
  try {
    await store.put(question, Buffer.from('\n'));
    const answer = (await store.list(names.leases)).find(({ name }) => name === question);
    await store.remove(question);
    return answer?.at ?? ours;
  } catch (error) {
    // Whoever may only read removes nothing either.
    if (error instanceof Fault) return Math.max(ours, ...stored.map(({ at }) => at));
    throw error;
  }
}

/** One that cannot be read counts until it is old: a newer Lifeboat may have written it. */
function noteOf(bytes: Buffer, { name, at }: Stored): LeaseNote {
  const [, kind = '', id = ''] = /([a-z]+)-([^/]*)$/.exec(name) ?? [];
  const since = instant(new Date(at));
  const unknown: LeaseNote = {
    kind: kind as LeaseKind,
    id,
    names: [],
    owner: 'unknown',
    host: 'unknown',
    place: '',
    pid: 0,
    born: '',
    nonce: '',
    started: since,
    renewed: since,
  };
  try {
    const read = JSON.parse(bytes.toString('utf8')) as Partial<LeaseNote> | null;
    return typeof read?.nonce === 'string' && Array.isArray(read.names) ? { ...unknown, ...read } : unknown;
  } catch {
    return unknown;
  }
}
