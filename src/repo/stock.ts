// What there is of a cluster to be verified, and the small things proven at once: everything else hangs on them.

import type { Backup } from './backup.ts';
import { readBackup } from './catalog.ts';
import { Damage, type ObjectKind } from './damage.ts';
import { identityOf } from './identity.ts';
import { inOrder } from './in-order.ts';
import type { BackupId } from './layout.ts';
import { leases } from './lease.ts';
import { readPlain } from './plain-json.ts';
import type { ClusterRepository } from './repository.ts';
import type { Sound } from './spoiled.ts';
import { standIn } from './stand-in.ts';
import type { Stored, StoreName } from './store.ts';
import { listWal, whatOf } from './verify-wal.ts';
import { decodeIndex } from './wal-index.ts';
import type { Harm, Wounds } from './wound.ts';

export interface Stock {
  /** Backups that are verified; the summary of each can be read. */
  readonly chosen: readonly Backup[];
  /** Not all: only what those need. */
  readonly only: boolean;
  readonly sound: Sound;
  /** To be read; some may be missing. */
  readonly packs: ReadonlySet<StoreName>;
  /** Of everything that is there. */
  readonly sizes: ReadonlyMap<StoreName, number>;
  /** What was read for this. */
  readonly small: { readonly objects: number; readonly bytes: number };
  /** Under no name that Lifeboat gives. */
  readonly strange: readonly Stored[];
}

const usualSize = 16 * 1024 * 1024;

/** @param protect keeps backups from being removed from now on */
export async function takeStock(
  repo: ClusterRepository,
  wounds: Wounds,
  only: readonly BackupId[] | undefined,
  protect: (ids: readonly BackupId[]) => Promise<void>,
): Promise<Stock> {
  const { names, store } = repo;
  // In this order: a backup that ends meanwhile puts its summary before it lets go of its lease, so one of the two is seen.
  const listed = await store.list(names.root);
  const sizes = new Map(listed.map(({ name, size }) => [name, size as number] as const));
  const underWay = new Set((await leases(repo)).flatMap(({ kind, id }) => (kind === 'backup' ? [id] : [])));
  for (const damage of repo.damaged) {
    const why = 'the other one of the two that describe the repository is whole: lifeboat repo mend';
    wounds.add({ object: damage.object, what: whatOf(damage), missing: false, harm: { is: 'nothing', why } });
  }
  const { backups, lost } = await readSummaries(repo, listed, wounds, protect);
  const said = backups[0]?.segmentSize ?? usualSize;
  const segmentSize = (await readIdentity(repo, listed, said, wounds)) ?? said;
  const { wal, wounds: ofWal } = await listWal(repo, listed, backups, segmentSize);
  const chosen = only === undefined ? backups : backups.filter(({ id }) => only.includes(id));
  for (const wound of ofWal) if (only === undefined || wound.missing || wound.harm.is === 'history') wounds.add(wound);
  const owner = (pack: StoreName): string => pack.slice(names.packs.length).split('.')[0] ?? '';
  const broken = new Set(lost.map(({ id }) => id));
  const packs = listed.map(({ name }) => name).filter(name => name.startsWith(names.packs));
  const named = new Set([...backups.flatMap(one => one.packs), ...packs.filter(pack => broken.has(owner(pack)))]);
  const free = only === undefined ? packs.filter(pack => !underWay.has(owner(pack))) : [];
  const small = new Small(repo, wounds);
  await small.manifests(chosen, sizes);
  if (only === undefined) await small.rest(listed, new Set([...backups, ...lost].map(({ id }) => id)), underWay);
  return {
    chosen,
    only: only !== undefined,
    sound: { backups: [...backups, ...lost], wal, named },
    packs: new Set([...free, ...chosen.flatMap(one => one.packs)]),
    sizes,
    small: small.read,
    strange: listed.filter(({ name }) => !isOurs(name.slice(names.root.length))),
  };
}

/** Backups, and what stands in for those whose summary is damaged or gone. */
async function readSummaries(
  repo: ClusterRepository,
  listed: readonly Stored[],
  wounds: Wounds,
  protect: (ids: readonly BackupId[]) => Promise<void>,
): Promise<{ backups: Backup[]; lost: Backup[] }> {
  const { names, store } = repo;
  const found = listed.flatMap(({ name }) => /\/backups\/([^/]+)\/backup$/.exec(name)?.[1] ?? []);
  const marked = listed.flatMap(({ name }) => (name.startsWith(names.keeps) ? [name.slice(names.keeps.length)] : []));
  await protect(found);
  const backups: Backup[] = [];
  const lost: Backup[] = [];
  for (const id of new Set([...found, ...marked])) {
    const object = names.summary(id);
    const hurt = async (what: string, missing: boolean): Promise<void> => {
      wounds.add({ object, what, missing, harm: { is: 'backup', id } });
      lost.push(await standIn(repo, id));
    };
    try {
      const backup = await readBackup(repo, id);
      if (backup !== undefined) backups.push(backup);
      // Marks go with their backups; without one it was removed while we looked.
      else if ((await store.getRange(names.kept(id), 0, 1)) !== undefined)
        await hurt('is not there, and lifeboat keep has marked it', true);
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      await hurt(whatOf(error), false);
    }
  }
  return { backups, lost };
}

/** The size of a segment, where that is known. */
async function readIdentity(
  repo: ClusterRepository,
  listed: readonly Stored[],
  said: number,
  wounds: Wounds,
): Promise<number | undefined> {
  const object = repo.names.identity;
  // Without it segments are taken to have the usual size.
  const anew: Harm = { is: 'nothing', why: 'whoever writes next makes it anew' };
  const hurt = (what: string, missing: boolean): void =>
    wounds.add({ object, what, missing, harm: missing && said === usualSize ? anew : { is: 'cluster' } });
  try {
    const identity = await identityOf(repo);
    const bears = (prefix: StoreName): boolean => listed.some(({ name }) => name.startsWith(prefix));
    if (identity === undefined && (bears(repo.names.backups) || bears(repo.names.wal))) hurt('is not there', true);
    return identity?.segmentSize;
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    hurt(whatOf(error), false);
    return undefined;
  }
}

/** The things that fit into memory. */
class Small {
  readonly #repo: ClusterRepository;
  readonly #wounds: Wounds;
  #objects = 0;
  #bytes = 0;

  constructor(repo: ClusterRepository, wounds: Wounds) {
    this.#repo = repo;
    this.#wounds = wounds;
  }

  get read(): Stock['small'] {
    return { objects: this.#objects, bytes: this.#bytes };
  }

  async manifests(backups: readonly Backup[], sizes: ReadonlyMap<StoreName, number>): Promise<void> {
    const { names } = this.#repo;
    for (const { id } of backups) {
      const name = names.manifest(id);
      await this.#prove(name, { is: 'backup', id }, () => this.#whole(name, 'manifest'));
      if (!sizes.has(name) && (await this.#repo.store.getRange(name, 0, 1)) === undefined)
        this.#wounds.add({ object: name, what: 'is not there', missing: true, harm: { is: 'backup', id } });
    }
  }

  /** What can be made anew, or that nobody reads but people. */
  async rest(listed: readonly Stored[], known: ReadonlySet<BackupId>, underWay: ReadonlySet<BackupId>): Promise<void> {
    const proven = inOrder(listed, 8, ({ name }) => this.#one(name, known, underWay));
    while ((await proven.next()).done !== true);
  }

  async #one(name: StoreName, known: ReadonlySet<BackupId>, underWay: ReadonlySet<BackupId>): Promise<void> {
    const { names, store } = this.#repo;
    const file = name.slice(name.lastIndexOf('/') + 1);
    const nothing = (why: string): Harm => ({ is: 'nothing', why, orphan: false });
    if (name.startsWith(names.keeps)) {
      const read = async (): Promise<void> => {
        const bytes = await store.get(name);
        if (bytes) readPlain(bytes, name);
      };
      await this.#prove(name, nothing('the backup is kept all the same; to say why again: lifeboat keep'), read);
    } else if (name.startsWith(names.proofs)) {
      await this.#prove(name, nothing('the next proof takes its place'), () => this.#whole(name, 'proof'));
    } else if (name.startsWith(names.indexes)) {
      const read = async (): Promise<void> => {
        const bytes = await this.#repo.vault.get(name, 'index');
        if (bytes) decodeIndex(bytes, file);
      };
      await this.#prove(name, nothing('it is made anew from its segment where it is needed'), read);
    } else if (name.startsWith(names.histories) && file.endsWith('.backup')) {
      await this.#prove(name, nothing('nobody but people reads it'), () => this.#whole(name, 'history'));
    } else if (name.startsWith(names.quarantine) && !file.endsWith('.damaged')) {
      const kind = /\.(?:history|backup)\.[0-9a-f]+$/.test(file) ? 'history' : 'segment';
      await this.#prove(name, nothing('it lies in the quarantine'), () => this.#whole(name, kind));
    } else if (name.startsWith(names.backups)) {
      const id = name.slice(names.backups.length).split('/')[0] ?? '';
      if (known.has(id) || underWay.has(id) || (file !== 'files' && file !== 'backup_manifest')) return;
      const kind = file === 'files' ? 'files' : 'manifest';
      const harm: Harm = { is: 'nothing', why: 'it belongs to no backup', orphan: true };
      await this.#prove(name, harm, () => this.#whole(name, kind));
    }
  }

  async #prove(object: StoreName, harm: Harm, read: () => Promise<void>): Promise<void> {
    this.#objects += 1;
    try {
      await read();
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      this.#wounds.add({ object, what: whatOf(error), missing: false, harm });
    }
  }

  async #whole(name: StoreName, kind: ObjectKind): Promise<void> {
    const pieces = await this.#repo.vault.read(name, kind);
    if (pieces) for await (const piece of pieces) this.#bytes += piece.length;
  }
}

/** Behind the cluster's own folder. */
const isOurs = (path: string): boolean =>
  /^(?:cluster\.json|backups\/[^/]+\/(?:backup|files|backup_manifest)|packs\/[^/]+\.\d+|kept\/[^/]+|proofs\/[^/]+)$/.test(
    path,
  ) ||
  /^(?:wal|index)\/[0-9A-F]{16}\/[0-9A-F]{24}(?:\.partial)?$/.test(path) ||
  /^(?:history|quarantine|leases)\/[^/]+$/.test(path);
