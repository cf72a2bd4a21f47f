// Reads the inventory: text in, clusters and their nodes out, or every mistake with its place.

import type { Static } from 'typebox';
import type { NodeName } from '../ports.ts';
import type { SecretRef } from '../secret.ts';
import { bytes, seconds } from '../time.ts';
import { decode, plainDecoding } from './decode.ts';
import { inventoryMistakes } from './inventory-rules.ts';
import { InventoryFile } from './inventory-schema.ts';
import type {
  Cluster,
  Hook,
  Inventory,
  MonitorRules,
  NodeSite,
  PassphraseRef,
  PostgresSite,
  RepositorySite,
  SshTarget,
} from './inventory-types.ts';
import { type Checked, right, wrong } from './problems.ts';
import { writtenPasswords } from './written-passwords.ts';
import { readYaml } from './yaml-source.ts';

/** @param file as the messages shall name it */
export function readInventory(text: string, file: string): Checked<Inventory> {
  const yaml = readYaml(text, file, 'inventory');
  if (!yaml.ok) return yaml;
  const source = yaml.value;
  const passwords = writtenPasswords(source.data);
  if (passwords.length > 0) return wrong(source.problems(passwords));
  const decoded = decode(InventoryFile, source.data, plainDecoding);
  const shape = decoded.ok ? [] : decoded.mistakes;
  const mistakes = [...shape, ...inventoryMistakes(source.data)];
  if (!decoded.ok || mistakes.length > 0) return wrong(source.problems(mistakes));
  return right(inventoryOf(decoded.value, file, text));
}

type Written = Static<typeof InventoryFile>;
type WrittenCluster = Written['clusters'][string];
type WrittenNode = WrittenCluster['nodes'][string];
type WrittenSecret = Pick<WrittenNode['postgres'], 'passfile' | 'password_env' | 'password_command'>;

function inventoryOf({ clusters, repositories }: Written, file: string, text: string): Inventory {
  return {
    file,
    text,
    clusters: Object.fromEntries(Object.entries(clusters).map(([name, one]) => [name, clusterOf(name, one)])),
    ...(repositories && {
      repositories: Object.fromEntries(Object.entries(repositories).map(([name, one]) => [name, repositoryOf(one)])),
    }),
  };
}

type WrittenRepository = NonNullable<Written['repositories']>[string];

function repositoryOf({ path, encryption }: WrittenRepository): RepositorySite {
  const unlock = encryption && unlockOf(encryption);
  return { path, ...(unlock && { encryption: { unlock, recipients: encryption.recipients ?? [] } }) };
}

function unlockOf(
  written: NonNullable<WrittenRepository['encryption']>,
): PassphraseRef | { readonly identity: string } | undefined {
  const { passphrase_file: file, passphrase_env: env, passphrase_command: command, identity } = written;
  if (file !== undefined) return { file };
  if (env !== undefined) return { env };
  if (command !== undefined) return { command };
  return identity === undefined ? undefined : { identity };
}

function clusterOf(
  name: string,
  { home, replication, objective, nodes, backup, monitor, fence, moved }: WrittenCluster,
): Cluster {
  return {
    name,
    home: home && { primary: home.primary as NodeName },
    replication: replication && {
      user: replication.user,
      secret: secretOf(replication),
      slots: replication.slots ?? false,
    },
    hooks: { fence: hookOf(fence), moved: hookOf(moved) },
    // No objective says how much may be lost: then nothing may.
    objective: { rto: objective?.rto, rpo: objective?.rpo ?? bytes(0) },
    nodes: Object.entries(nodes).map(([node, one]) => nodeOf(node as NodeName, one)),
    monitor: monitorOf(monitor),
    ...(backup && {
      backup: {
        repository: backup.repository,
        from: backup.from ?? 'standby',
        slot: backup.slot ?? 'lifeboat',
        schedule: backup.schedule,
        retention: { window: backup.retention?.window, redundancy: backup.retention?.redundancy },
      },
    }),
  };
}

/** The document's monitor asked every ten seconds; three silences in a row are no lost packet any more. */
export function monitorOf(written: WrittenCluster['monitor'] = {}): MonitorRules {
  return {
    interval: written.interval ?? seconds(10),
    downAfter: written.down_after ?? 3,
    upAfter: written.up_after ?? 2,
    hook: written.hook,
  };
}

const hookOf = (written: WrittenCluster['fence']): Hook | undefined =>
  written && { command: written.command, within: written.within ?? seconds(30) };

function nodeOf(name: NodeName, { ssh, postgres, work, priority }: WrittenNode): NodeSite {
  const target = sshOf(ssh);
  return {
    name,
    ssh: target,
    postgres: postgresOf(postgres, target.host),
    work,
    ...(priority !== undefined && { priority }),
  };
}

function sshOf(written: WrittenNode['ssh']): SshTarget {
  if (typeof written === 'string') return { host: written };
  const { host, known_hosts: knownHosts, ...rest } = written;
  return { ...rest, host: host ?? 'localhost', ...(knownHosts !== undefined && { knownHosts }) };
}

function postgresOf(written: WrittenNode['postgres'], sshHost: string): PostgresSite {
  return {
    data: written.data,
    wal: written.wal,
    archive: written.archive,
    broken: written.broken,
    backup: written.backup,
    restoreCommand: written.restore_command,
    tablespaces: written.tablespaces ?? {},
    bin: written.bin,
    port: written.port ?? 5432,
    host: written.host ?? sshHost,
    socket: written.socket ?? '/var/run/postgresql',
    log: written.log,
    user: written.user ?? 'postgres',
    database: written.database ?? 'postgres',
    via: written.via ?? 'socket',
    secret: secretOf(written),
    service: written.service,
  };
}

function secretOf({ passfile, password_env: env, password_command: command }: WrittenSecret): SecretRef | undefined {
  if (passfile !== undefined) return { passfile };
  if (env !== undefined) return { env };
  return command === undefined ? undefined : { command };
}
