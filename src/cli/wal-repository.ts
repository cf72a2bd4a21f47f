// Which repository the WAL commands mean: that of the inventory, or one named by its path, as on a database host without an inventory.

import { hostname, userInfo } from 'node:os';
import { systemClock } from '../drivers/clock.ts';
import { directoryStore } from '../drivers/directory-store.ts';
import { identityIn, passphraseFrom } from '../drivers/passphrase.ts';
import { thisProcess } from '../drivers/this-process.ts';
import { threadWorks } from '../drivers/works.ts';
import { Fault } from '../faults.ts';
import type { Unlock } from '../repo/keys.ts';
import { type ClusterRepository, inCluster, openRepository } from '../repo/repository.ts';
import type { InventoryOptions } from './inventory-file.ts';
import type { Terminal } from './terminal.ts';

export interface WalRepositoryOptions extends InventoryOptions {
  /** A directory. */
  readonly repository?: string;
  readonly identity?: string;
  readonly passphraseFile?: string;
}

/** Never makes one: where a file system is not mounted, the directory below it is no repository and must not become one. */
export async function walRepository(terminal: Terminal, options: WalRepositoryOptions): Promise<ClusterRepository> {
  const { repository: path, cluster } = options;
  if (path === undefined) return (await (await import('./open-repository.ts')).openForCluster(terminal, options)).repo;
  if (cluster === undefined) {
    throw new Fault('usage', '--repository without --cluster', { hint: `--repository ${path} --cluster NAME` });
  }
  const unlock = await unlockOf(terminal, options);
  const repository = await openRepository(directoryStore(path), threadWorks(), systemClock, unlock);
  return { ...inCluster(repository, cluster), holder: thisProcess() };
}

async function unlockOf(
  terminal: Terminal,
  { identity, passphraseFile }: WalRepositoryOptions,
): Promise<Unlock | undefined> {
  if (identity !== undefined) return { identity: await identityIn(identity), where: identity };
  if (passphraseFile === undefined) return undefined;
  return { passphrase: await passphraseFrom({ file: passphraseFile }, terminal.env) };
}

/** user@machine, for whoever meets a lease. */
export const walOwner = (): string => `${userInfo().username}@${hostname()}`;
