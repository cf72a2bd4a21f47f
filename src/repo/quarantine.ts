// Where things go that bear the name of something kept and hold other bytes: beside it, never over it and never away.

import { createHash } from 'node:crypto';
import type { ClusterRepository } from './repository.ts';
import type { StoreName } from './store.ts';
import type { ObjectKind } from './vault.ts';

/** Kept under a name made from its bytes, so that an archiver that tries again and again does not fill the disk; the name is the answer. */
export async function quarantine(
  repo: ClusterRepository,
  name: string,
  kind: ObjectKind,
  bytes: Uint8Array,
): Promise<StoreName> {
  const to = `${repo.names.quarantine}${name}.${digest(bytes)}`;
  await repo.vault.putIfAbsent(to, kind, bytes);
  return to;
}

/** The stored bytes as they lie there, for whoever wants to know what befell them. */
export async function quarantineStored(repo: ClusterRepository, from: StoreName): Promise<StoreName | undefined> {
  const stored = await repo.store.get(from);
  if (stored === undefined) return undefined;
  const to = `${repo.names.quarantine}${from.slice(from.lastIndexOf('/') + 1)}.${digest(stored)}.damaged`;
  await repo.store.putIfAbsent(to, stored);
  return to;
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);
