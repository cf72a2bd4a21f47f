// Which name everything has in a repository; docs/repository.md tells the same in prose.

import type { Timeline } from '../postgres/timeline.ts';
import { historyFileName } from '../postgres/timeline.ts';
import type { StoreName } from './store.ts';

/** Of the repository itself: format, id, and how its key is wrapped. Readable without any key. */
export const repositoryFile: StoreName = 'repository.json';
/** The same bytes once more: a bit that flips in the one file that holds the wrapped keys must not cost everything. */
export const repositoryCopy: StoreName = 'repository.copy.json';

/** `20261121T031244Z-k3f9`: the second it was started, and a random end; in the order of time when sorted. */
export type BackupId = string;

export const clusterNames = (cluster: string) => {
  const root = `clusters/${cluster}/`;
  const backup = (id: BackupId) => `${root}backups/${id}/`;
  return {
    root,
    /** System identifier, major version, segment size: written once, compared by whoever writes. */
    identity: `${root}cluster.json`,
    backups: `${root}backups/`,
    /** The summary, written last: a backup is there when this is. */
    summary: (id: BackupId) => `${backup(id)}backup`,
    /** Every file with the places of its blocks. */
    files: (id: BackupId) => `${backup(id)}files`,
    /** PostgreSQL's own backup_manifest, byte by byte. */
    manifest: (id: BackupId) => `${backup(id)}backup_manifest`,
    packs: `${root}packs/`,
    pack: (id: BackupId, number: number) => `${root}packs/${id}.${String(number).padStart(5, '0')}`,
    /** Put by `keep`, removed by `release`. */
    kept: (id: BackupId) => `${root}kept/${id}`,
    keeps: `${root}kept/`,
    /** When a backup was last proven, and how. */
    proof: (id: BackupId) => `${root}proofs/${id}`,
    proofs: `${root}proofs/`,
    /** Which part of everything the last sample read. */
    share: `${root}proofs/share`,
    wal: `${root}wal/`,
    /** `wal/0000000100000000/000000010000000000000001`: at most 256 in a folder with segments of 16 MB. */
    segment: (name: string) => `${root}wal/${name.slice(0, 16)}/${name}`,
    /** WAL of an unfinished segment, see partial.ts. */
    partial: (name: string) => `${root}wal/${name.slice(0, 16)}/${name}.partial`,
    /** What a segment holds: from when to when, restore points; see wal-index.ts. */
    index: (name: string) => `${root}index/${name.slice(0, 16)}/${name}`,
    indexes: `${root}index/`,
    histories: `${root}history/`,
    history: (line: Timeline) => `${root}history/${historyFileName(line)}`,
    /** Of the same name as something kept, with other bytes: never thrown away. */
    quarantine: `${root}quarantine/`,
    leases: `${root}leases/`,
    lease: (kind: string, id: string) => `${root}leases/${kind}-${id}`,
  };
};

export type ClusterNames = ReturnType<typeof clusterNames>;
