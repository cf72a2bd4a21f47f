// Opens the repository of a cluster as the inventory has it; whoever writes to it first makes it.

import { systemClock } from '../drivers/clock.ts';
import { directoryStore } from '../drivers/directory-store.ts';
import { identityIn, passphraseFrom } from '../drivers/passphrase.ts';
import { thisProcess } from '../drivers/this-process.ts';
import { threadWorks } from '../drivers/works.ts';
import { Fault } from '../faults.ts';
import { readDescription } from '../repo/description.ts';
import { readIdentity } from '../repo/key-text.ts';
import type { Unlock, Wrapping } from '../repo/keys.ts';
import {
  type ClusterRepository,
  createRepository,
  inCluster,
  openRepository,
  type Repository,
} from '../repo/repository.ts';
import type { Cluster, Inventory, RepositoryEncryption, RepositorySite } from '../runbook/inventory-types.ts';
import { chooseCluster, type InventoryOptions, loadInventory } from './inventory-file.ts';
import type { Terminal } from './terminal.ts';

/** A cluster that has a backup section. */
export type BackedUp = Cluster & { readonly backup: NonNullable<Cluster['backup']> };

export interface Opened {
  readonly inventory: Inventory;
  readonly cluster: BackedUp;
  readonly repo: ClusterRepository;
}

/**
 * The inventory, the cluster that is meant, and its part of the repository. Throws a Fault where the inventory names none
 * (`invalid`), and where it cannot be opened (`refused`).
 *
 * @param how `create`: one is made where there is none; only for what writes
 */
export async function openForCluster(
  terminal: Terminal,
  options: InventoryOptions,
  how: { readonly create?: boolean } = {},
): Promise<Opened> {
  const inventory = await loadInventory(terminal, options);
  const cluster = backedUp(inventory, chooseCluster(inventory, options));
  const site = inventory.repositories?.[cluster.backup.repository];
  if (site === undefined) throw new Fault('invalid', `no repository is named "${cluster.backup.repository}"`);
  return { inventory, cluster, repo: inCluster(await openSite(terminal, site, how), cluster.name) };
}

/** A repository as it stands in the inventory. */
export async function openSite(
  terminal: Terminal,
  site: RepositorySite,
  { create = false }: { readonly create?: boolean } = {},
): Promise<Repository> {
  const [store, works] = [directoryStore(site.path), threadWorks()];
  const unlock = site.encryption && (await unlockWith(terminal, site.encryption));
  if (create && (await readDescription(store)) === undefined) {
    const made = await createRepository(store, works, systemClock, wrappingsOf(site.encryption, unlock));
    terminal.err(
      `made the repository ${site.path}${made.encrypted ? ', encrypted: without its key nobody can read it' : ''}\n`,
    );
    return { ...made, holder: thisProcess() };
  }
  const repository = await openRepository(store, works, systemClock, unlock);
  for (const { message } of repository.damaged)
    terminal.err(
      `warning: in the repository ${site.path} ${message}; its copy was used. lifeboat repo mend puts it right\n`,
    );
  return { ...repository, holder: thisProcess() };
}

/** What opens it, fetched from where the inventory says it lies. */
export async function unlockWith(terminal: Terminal, { unlock }: RepositoryEncryption): Promise<Unlock> {
  if ('identity' in unlock) return { identity: await identityIn(unlock.identity), where: unlock.identity };
  return { passphrase: await passphraseFrom(unlock, terminal.env) };
}

/** For whom the key of a new repository is wrapped: ourselves, and the recipients. */
export function wrappingsOf(encryption: RepositoryEncryption | undefined, unlock: Unlock | undefined): Wrapping[] {
  if (encryption === undefined || unlock === undefined) return [];
  const own: Wrapping =
    'passphrase' in unlock ? unlock : { recipient: readIdentity(unlock.identity, unlock.where).recipient };
  const others = encryption.recipients.filter(recipient => !('recipient' in own) || recipient !== own.recipient);
  return [own, ...others.map(recipient => ({ recipient }))];
}

function backedUp(inventory: Inventory, cluster: Cluster): BackedUp {
  const { backup } = cluster;
  if (backup) return { ...cluster, backup };
  throw new Fault('invalid', `cluster "${cluster.name}" has no repository in ${inventory.file}`, {
    hint: `add to it: backup: { repository: local }, and at the end of the file: repositories: { local: { path: /var/lib/lifeboat } }`,
  });
}
