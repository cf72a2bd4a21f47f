// The inventory after checking: clusters, their nodes, where things lie on each. Pure data.

import type { NodeName } from '../ports.ts';
import type { SecretRef } from '../secret.ts';
import type { Bytes, Duration } from '../time.ts';

export interface Inventory {
  /** The file it came from, for messages. */
  readonly file: string;
  readonly text: string;
  readonly clusters: Readonly<Record<string, Cluster>>;
  /** Where backups and WAL are kept, by name. */
  readonly repositories?: Readonly<Record<string, { readonly path: string }>>;
}

export interface Cluster {
  readonly name: string;
  readonly home: { readonly primary: NodeName } | undefined;
  readonly replication: { readonly user: string; readonly secret: SecretRef | undefined } | undefined;
  readonly objective: { readonly rto: Duration | undefined; readonly rpo: Bytes };
  readonly nodes: readonly NodeSite[];
  readonly backup?: {
    /** Name of a repository of the inventory. */
    readonly repository: string;
    /** `primary`, `standby` or a node. */
    readonly from: string;
    readonly schedule: string | undefined;
    readonly retention: { readonly window: Duration | undefined; readonly redundancy: number | undefined };
  };
}

export interface NodeSite {
  readonly name: NodeName;
  readonly ssh: SshTarget;
  readonly postgres: PostgresSite;
  /** Where locks, receipts and salvaged WAL of Lifeboat lie on the node. */
  readonly work: string | undefined;
}

/** Either a Host of ~/.ssh/config alone, or its parts; what is absent comes from ~/.ssh/config and its defaults. `local`: this machine, without SSH. */
export interface SshTarget {
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
  readonly identity?: string;
  readonly knownHosts?: string;
  readonly config?: string;
  readonly jump?: string;
  readonly local?: boolean;
}

export interface PostgresSite {
  readonly data: string;
  readonly wal: string | undefined;
  readonly archive: string | undefined;
  readonly broken: string | undefined;
  readonly bin: string;
  readonly port: number;
  /** Address that clients and the other nodes use; `ssh.host` where absent. */
  readonly host: string;
  /** Directory of the Unix socket. */
  readonly socket: string;
  readonly log: string | undefined;
  /** Superuser and database that Lifeboat uses. */
  readonly user: string;
  readonly database: string;
  /** SQL over the Unix socket through SSH, or over TCP. */
  readonly via: 'socket' | 'tcp';
  readonly secret: SecretRef | undefined;
  /** Start and stop through the service manager: argv each (systemd, Debian's pg_ctlcluster). */
  readonly service: { readonly start: readonly string[]; readonly stop: readonly string[] } | undefined;
}
