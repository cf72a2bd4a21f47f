// A repository with a backup of a lab's node, and the WAL that came afterwards.

import { systemClock } from '../../src/drivers/clock.ts';
import { directoryStore } from '../../src/drivers/directory-store.ts';
import type { DirectPlace } from '../../src/drivers/postgres-door.ts';
import { openReplication } from '../../src/drivers/replication.ts';
import { thisProcess } from '../../src/drivers/this-process.ts';
import { threadWorks } from '../../src/drivers/works.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { database } from '../../src/lab/layout.ts';
import type { Backup } from '../../src/repo/backup.ts';
import { backupWal } from '../../src/repo/backup-wal.ts';
import { takeBackup } from '../../src/repo/base-backup.ts';
import { receive } from '../../src/repo/receive.ts';
import { type ClusterRepository, createRepository, inCluster } from '../../src/repo/repository.ts';
import { Redactor } from '../../src/secret.ts';
import { seconds } from '../../src/time.ts';

const owner = 'test@here';

export async function makeRepository(directory: string): Promise<ClusterRepository> {
  const made = await createRepository(directoryStore(directory), threadWorks(), systemClock);
  return inCluster({ ...made, holder: thisProcess() }, 'main');
}

const place = (lab: Lab, name: string): DirectPlace => {
  const node = lab.node(name);
  return {
    name,
    host: node.socket,
    port: node.port,
    user: 'postgres',
    database,
    secret: undefined,
    redactor: new Redactor(),
  };
};

const session = (lab: Lab, name: string) =>
  openReplication(place(lab, name), { application: 'lifeboat', within: seconds(10) });

export async function backupOf(lab: Lab, name: string, repo: ClusterRepository): Promise<Backup> {
  const wal = backupWal(
    repo,
    async () => ({ replication: await session(lab, name), name }),
    { owner, patience: seconds(20) },
    () => undefined,
  );
  const replication = await session(lab, name);
  try {
    const options = { from: name, role: 'primary' as const, checkpoint: 'fast' as const, wait: true, owner };
    return await takeBackup(repo, replication, wal, options, () => undefined);
  } finally {
    await replication.close();
  }
}

/** Brings the WAL of now into the repository, the unfinished segment too. */
export async function catchUp(lab: Lab, name: string, repo: ClusterRepository): Promise<void> {
  await receive(
    repo,
    async () => ({ replication: await session(lab, name), name }),
    { slot: { name: 'kept', temporary: false, create: true }, statusEvery: seconds(1), until: 'now', again: false },
    () => undefined,
    new AbortController().signal,
  );
}
