// Who is at work in a cluster's part of the repository: notes that are renewed while their process lives, so that nothing is removed from under a reader.

import { Fault } from '../faults.ts';
import { type Duration, seconds } from '../time.ts';
import { aside, held, type LeaseNote, type LeaseSeen, noteBytes, seenLeases } from './lease-note.ts';
import type { ClusterRepository } from './repository.ts';

export type { LeaseKind, LeaseSeen } from './lease-note.ts';

export interface LeaseRequest {
  readonly kind: LeaseNote['kind'];
  /** Only one may hold a kind and id; where absent it is random, and as many as like may hold one. */
  readonly id?: string;
  /** Backups that must not be removed meanwhile. */
  readonly names?: readonly string[];
}

export interface Lease {
  readonly kind: LeaseNote['kind'];
  readonly id: string;
  /** Raised where the lease is another's, or could not be renewed for so long that another may take it: stop, and write nothing any more. */
  readonly lost: AbortSignal;
  /** Names more backups; after it resolves nobody removes them. */
  add(names: readonly string[]): Promise<void>;
  /** Before the write that counts: throws a Fault `locked` where the lease was lost, also while this process stood still. */
  confirm(): Promise<void>;
  /** No error where it is gone already. */
  release(): Promise<void>;
}

const renewEvery = seconds(10);
/** Below the minute after which others take it for dead. */
const surely = seconds(45);

/**
 * Takes one and keeps it up until it is released. Throws a Fault `locked` naming the owner where another holds the same kind and id.
 *
 * @param owner user@machine, for whoever meets it
 */
export async function takeLease(repo: ClusterRepository, request: LeaseRequest, owner: string): Promise<Lease> {
  const { kind, id = repo.works.random(6).toString('hex'), names = [] } = request;
  const now = repo.clock.now();
  const { host = 'unknown', place: at = '', pid = 0, born = '' } = repo.holder ?? {};
  const nonce = repo.works.random(8).toString('hex');
  const note: LeaseNote = { kind, id, names, owner, host, place: at, pid, born, nonce, started: now, renewed: now };
  const name = repo.names.lease(kind, id);
  held.add(nonce);
  try {
    await place(repo, name, note);
    return new KeptLease(repo, name, note);
  } catch (error) {
    held.delete(nonce);
    throw error;
  }
}

/** Those that are held; what a dead process left is not among them. */
export async function leases(repo: ClusterRepository): Promise<readonly LeaseSeen[]> {
  return (await seenLeases(repo)).filter(({ stale }) => !stale);
}

async function place(repo: ClusterRepository, name: string, note: LeaseNote): Promise<void> {
  for (let tries = 0; tries < 3; tries += 1) {
    if (await repo.store.putIfAbsent(name, noteBytes(note))) return;
    const other = (await seenLeases(repo)).find(seen => seen.object === name);
    if (other === undefined) continue;
    if (!other.stale) throw taken(repo, other);
    await clear(repo, other);
  }
  throw new Fault('locked', `others take and leave the lease "${name}" in ${repo.where} all the time`, {
    hint: 'try again',
  });
}

/**
 * Removes what a dead process left. Two may see it at once: only the one that wins the claim on this very note removes it, and not
 * the note that the other has put in its place meanwhile.
 */
async function clear(repo: ClusterRepository, stale: LeaseSeen): Promise<void> {
  const claim = `${stale.object}.${stale.nonce === '' ? 'unreadable' : stale.nonce}${aside.claim}`;
  if (!(await repo.store.putIfAbsent(claim, Buffer.from('\n')))) throw taken(repo, stale);
  try {
    const again = (await seenLeases(repo)).find(seen => seen.object === stale.object);
    if (again?.stale === true && again.nonce === stale.nonce) await repo.store.remove(stale.object);
  } finally {
    await repo.store.remove(claim);
  }
}

const taken = ({ where, cluster }: ClusterRepository, { kind, owner, pid, host, started }: LeaseSeen): Fault =>
  new Fault(
    'locked',
    `another ${kind} of cluster "${cluster}" is at work in ${where}: ${owner}, process ${pid} on ${host}, since ${started}`,
    {
      hint: 'wait for its end, or stop it; where it is dead, its lease ends a minute after its last sign of life',
    },
  );

class KeptLease implements Lease {
  readonly #repo: ClusterRepository;
  readonly #name: string;
  #note: LeaseNote;
  readonly #lost = new AbortController();
  readonly #over = new AbortController();
  /** On the clock's ticks: when others last saw a sign of life, at the earliest. */
  #seen: number;
  /** One write at a time. */
  #turn: Promise<void> = Promise.resolve();
  readonly #keeping: Promise<void>;

  constructor(repo: ClusterRepository, name: string, note: LeaseNote) {
    this.#repo = repo;
    this.#name = name;
    this.#note = note;
    this.#seen = repo.clock.ticks();
    this.#keeping = this.#keep();
  }

  get kind(): LeaseNote['kind'] {
    return this.#note.kind;
  }

  get id(): string {
    return this.#note.id;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async add(names: readonly string[]): Promise<void> {
    this.#note = { ...this.#note, names: [...new Set([...this.#note.names, ...names])] };
    await this.#renew();
    this.#throwIfLost();
  }

  async confirm(): Promise<void> {
    if (this.#age() > renewEvery * 2) await this.#renew().catch(() => undefined);
    if (this.#age() > surely) this.#lost.abort();
    this.#throwIfLost();
  }

  async release(): Promise<void> {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    await this.#keeping;
    await this.#turn.catch(() => undefined);
    held.delete(this.#note.nonce);
    if (!this.#lost.signal.aborted && (await this.#isOurs())) await this.#repo.store.remove(this.#name);
  }

  async #keep(): Promise<void> {
    for (;;) {
      await this.#repo.clock.sleep(renewEvery, this.#over.signal);
      if (this.#over.signal.aborted || this.#lost.signal.aborted) return;
      // A full disk may get room again before anybody takes us for dead.
      await this.#renew().catch(() => undefined);
      if (this.#age() > surely) this.#lost.abort();
    }
  }

  #renew(): Promise<void> {
    const turn = this.#turn
      .catch(() => undefined)
      .then(async () => {
        if (this.#lost.signal.aborted) return;
        const began = this.#repo.clock.ticks();
        if (!(await this.#isOurs())) {
          this.#lost.abort();
          return;
        }
        this.#note = { ...this.#note, renewed: this.#repo.clock.now() };
        await this.#repo.store.put(this.#name, noteBytes(this.#note));
        this.#seen = began;
      });
    this.#turn = turn;
    return turn;
  }

  async #isOurs(): Promise<boolean> {
    const bytes = await this.#repo.store.get(this.#name);
    return bytes?.includes(this.#note.nonce) ?? false;
  }

  #age(): Duration {
    return (this.#repo.clock.ticks() - this.#seen) as Duration;
  }

  #throwIfLost(): void {
    if (!this.#lost.signal.aborted) return;
    throw new Fault(
      'locked',
      `the lease "${this.#name}" in ${this.#repo.where} was lost: it could not be renewed for too long`,
      {
        hint: 'run it again; if it comes back, look at the disk of the repository: df, iostat',
      },
    );
  }
}
