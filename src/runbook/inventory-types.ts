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
  readonly repositories?: Readonly<Record<string, RepositorySite>>;
}

export interface RepositorySite {
  readonly path: string;
  readonly encryption?: RepositoryEncryption;
}

export interface RepositoryEncryption {
  /** What opens it from here: a passphrase, or a file with an identity. */
  readonly unlock: PassphraseRef | { readonly identity: string };
  /** Others who may open it. */
  readonly recipients: readonly string[];
}

/** Where a passphrase lies. The value is fetched at the last moment. */
export type PassphraseRef =
  { readonly file: string } | { readonly env: string } | { readonly command: readonly string[] };

export interface Cluster {
  readonly name: string;
  readonly home: { readonly primary: NodeName } | undefined;
  readonly replication:
    | {
        readonly user: string;
        readonly secret: SecretRef | undefined;
        /** Each standby has one of its own name. */ readonly slots: boolean;
      }
    | undefined;
  /** The site's own commands on this machine: they cut a lost primary off, and tell clients where the primary is. */
  readonly hooks: { readonly fence: Hook | undefined; readonly moved: Hook | undefined };
  readonly objective: { readonly rto: Duration | undefined; readonly rpo: Bytes };
  readonly nodes: readonly NodeSite[];
  readonly monitor: MonitorRules;
  readonly backup?: {
    /** Name of a repository of the inventory. */
    readonly repository: string;
    /** `primary`, `standby` or a node. */
    readonly from: string;
    /** Name of the WAL receiver's replication slot. */
    readonly slot: string;
    readonly schedule: string | undefined;
    readonly retention: { readonly window: Duration | undefined; readonly redundancy: number | undefined };
  };
}

/** How the nodes are watched. */
export interface MonitorRules {
  readonly interval: Duration;
  /** Silent samples, from each witness that can be asked, after which a node is down. */
  readonly downAfter: number;
  /** Answers in a row, to one witness, after which it is up again. */
  readonly upAfter: number;
  /** Run on this machine at each change. */
  readonly hook: readonly string[] | undefined;
}

export interface Hook {
  /** `{node}` and `{host}` in it stand for the node that it is about. */
  readonly command: readonly string[];
  readonly within: Duration;
}

export interface NodeSite {
  readonly name: NodeName;
  readonly ssh: SshTarget;
  readonly postgres: PostgresSite;
  /** Where locks, receipts and salvaged WAL of Lifeboat lie on the node. */
  readonly work: string | undefined;
  /** Between standbys that are level the higher one becomes the primary; 0: never unless bound, 1 where absent. */
  readonly priority?: number;
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
  readonly backup: string | undefined;
  readonly restoreCommand: string | undefined;
  /** Directories on this node, by the tablespace's name. */
  readonly tablespaces: Readonly<Record<string, string>>;
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
