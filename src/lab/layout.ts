// Where everything of a lab lies: each node laid out like the two servers of a real site, four disks and all. Pure.

import type { NodeName } from '../ports.ts';

export interface LabNode {
  readonly name: NodeName;
  /** The node's own loopback address. */
  readonly address: string;
  /** Of PostgreSQL, the same on every node. */
  readonly port: number;
  readonly sshPort: number;
  /** The node's root; everything below lies in it, save the socket where that path would be too long. */
  readonly directory: string;
  readonly data: string;
  /** What `pg_wal` links to. */
  readonly wal: string;
  readonly archive: string;
  readonly backup: string;
  /** Where broken data is moved to. */
  readonly broken: string;
  /** The directory of the Unix socket. */
  readonly socket: string;
  /** PostgreSQL's log, a file. */
  readonly log: string;
  /** Lifeboat's own directory on the node. */
  readonly work: string;
  /** Host key, configuration, log and pid file of sshd. */
  readonly ssh: string;
}

/** What a lab is, as kept in its `lab.json`: enough to open it from another process. */
export interface LabDescription {
  readonly name: string;
  readonly directory: string;
  /** Holds the Unix sockets of all nodes; outside `directory` where that path is too long. Undefined: each node's `run`. */
  readonly sockets: string | undefined;
  /** PostgreSQL's programs. */
  readonly bin: string;
  /** Whom the servers run as, and log in as. */
  readonly user: string;
  readonly addresses: readonly string[];
  readonly port: number;
  readonly sshPort: number;
  readonly synchronous: boolean;
  /** Standbys that stream from another standby than from node1; absent in labs made before there were any. */
  readonly upstream?: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, string>>;
  /** Those that a seed brings along. */
  readonly tablespaces?: readonly LabTablespace[];
  readonly created: string;
}

export interface LabTablespace {
  readonly oid: string;
  /** Null where nobody knows it. */
  readonly name: string | null;
}

export const databaseUser = 'postgres';
export const database = 'postgres';
/** The role that standbys replicate as, and the one that applications log in as. */
export const replicationUser = 'repuser';
export const applicationUser = 'app';
/** Where the writer and the load inside the server have their tables. */
export const applicationSchema = 'lifeboat_drill';

/** Files of the lab as a whole. */
export const labFiles = (directory: string) => ({
  description: `${directory}/lab.json`,
  inventory: `${directory}/lifeboat.yaml`,
  passfile: `${directory}/passfile`,
  clientKey: `${directory}/client_key`,
  authorizedKeys: `${directory}/authorized_keys`,
  knownHosts: `${directory}/known_hosts`,
  /** The last one that an operator made. */
  mistake: `${directory}/mistake.json`,
  /** Backups and WAL, made by whoever is the first to write there. */
  repository: `${directory}/repository`,
});

export function nodesOf(lab: LabDescription): LabNode[] {
  return lab.addresses.map((address, at) => {
    const name = `node${at + 1}` as NodeName;
    const directory = `${lab.directory}/${name}`;
    return {
      name,
      address,
      port: lab.port,
      sshPort: lab.sshPort,
      directory,
      data: `${directory}/disk1/data`,
      wal: `${directory}/disk2/pg_wal`,
      archive: `${directory}/disk3/archive`,
      backup: `${directory}/disk3/backup`,
      broken: `${directory}/disk4/broken`,
      socket: lab.sockets === undefined ? `${directory}/run` : `${lab.sockets}/${name}`,
      log: `${directory}/log/postgresql.log`,
      work: `${directory}/work`,
      ssh: `${directory}/ssh`,
    };
  });
}

/** Where the tablespaces of a node lie: each node has a copy. */
export const tablespacesOf = (lab: LabDescription, { directory }: LabNode): (LabTablespace & { path: string })[] =>
  (lab.tablespaces ?? []).map(({ oid, name }) => ({
    oid,
    name,
    path: tablespacePath(directory, oid),
  }));

/** `node`: its directory. */
export const tablespacePath = (node: string, oid: string): string => `${node}/disk5/${oid}`;

/** Where a standby streams from. */
export function upstreamOf(lab: LabDescription, standby: LabNode): LabNode {
  const nodes = nodesOf(lab);
  const found = nodes.find(({ name }) => name === (lab.upstream?.[standby.name] ?? 'node1'));
  if (!found) throw new Error(`the lab has no node1`);
  return found;
}

/** A Unix socket's path has at most 107 bytes (sockaddr_un), and a temporary directory can be longer than that by itself. */
export function socketTooLong(directory: string, port: number): boolean {
  return Buffer.byteLength(`${directory}/node99/run/.s.PGSQL.${port}.lock`) > 100;
}
