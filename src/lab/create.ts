// Brings a lab into being: directories, keys, one cluster copied to every node; nothing of it runs yet.

import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from '../drivers/process.ts';
import { Fault } from '../faults.ts';
import { cascadeMistakes } from '../runbook/cascade.ts';
import { seconds } from '../time.ts';
import { freeBlock } from './addresses.ts';
import { labUser, postgresBin, sshdProgram, type LabUser } from './installation.ts';
import { labInventory } from './inventory.ts';
import { applicationUser, databaseUser, labFiles, nodesOf, replicationUser } from './layout.ts';
import { socketTooLong, upstreamOf, type LabDescription, type LabNode } from './layout.ts';
import { give, makeDirectories, makeDirectory, putFile } from './ownership.ts';
import { copyTablespaces, plantSeed, type Seed } from './seed.ts';
import { copyServer, initialise, single } from './server.ts';
import { commonSettings, firstStatements, hostAccess, nodeSettings, standbySettings } from './settings.ts';
import { configureSshd, freshKey, knownHost } from './sshd.ts';

export interface LabOptions {
  /** Where it shall lie: absent as yet, or empty. A new temporary directory where it is not given. */
  readonly directory?: string;
  readonly name?: string;
  readonly nodes?: number;
  /** Commits wait for a standby, also on whoever is promoted later. */
  readonly synchronous?: boolean;
  /** `{ node3: 'node2' }`: a cascade; who is not named here streams from node1. */
  readonly upstream?: Readonly<Record<string, string>>;
  /** What its first server is made of; an empty cluster where absent. */
  readonly seed?: Seed;
  /** Lines of postgresql.conf on every node. */
  readonly settings?: Readonly<Record<string, string>>;
  /** It stays when this process ends. Otherwise it belongs to this process, and the next lab clears it away if this one is killed. */
  readonly keep?: boolean;
  readonly tell?: (progress: string) => void;
}

/** Chooses where a lab lies and makes its directory; `lab.json` in it is what everything else goes by. */
export async function describeLab(options: LabOptions): Promise<{ lab: LabDescription; user: LabUser }> {
  const user = labUser();
  const bin = options.seed?.bin ?? postgresBin();
  sshdProgram();
  const count = options.nodes ?? 2;
  if (!Number.isInteger(count) || count < 1 || count > 9) {
    throw new Fault('usage', `a lab has 1 to 9 nodes, not ${String(count)}`);
  }
  if (!/^[\w.-]*$/.test(options.name ?? '')) {
    throw new Fault('usage', `a lab's name has letters, digits, ".", "_" and "-", unlike "${options.name ?? ''}"`);
  }
  const [wrong] = cascadeMistakes(options.upstream ?? {}, count);
  if (wrong) throw new Fault('usage', wrong.message, { hint: wrong.hint });
  const block = await freeBlock(count);
  const directory = makeRoot(options.directory, user);
  const reach = await run(['test', '-w', directory, '-a', '-x', directory], { as: user.as, within: seconds(10) });
  if (reach.code !== 0) {
    rmdirSync(directory);
    throw outOfReach(directory, user);
  }
  const lab: LabDescription = {
    name: options.name ?? directory.slice(directory.lastIndexOf('/') + 1),
    directory,
    sockets: socketTooLong(directory, block.port) ? handedOver(mkdtempSync('/tmp/lifeboat-'), user) : undefined,
    bin,
    user: user.name,
    ...block,
    synchronous: options.synchronous ?? false,
    upstream: options.upstream ?? {},
    settings: options.settings ?? {},
    ...(options.seed && { tablespaces: options.seed.tablespaces }),
    created: new Date().toISOString(),
  };
  putFile(labFiles(directory).description, `${JSON.stringify(lab, null, 2)}\n`, 0o644, user);
  return { lab, user };
}

/** Everything on disk, ready to start: node1 the primary, the others its standbys. */
export async function furnishLab(lab: LabDescription, user: LabUser, seed?: Seed): Promise<void> {
  const nodes = nodesOf(lab);
  const [primary, ...standbys] = nodes;
  if (primary === undefined) return;
  for (const node of nodes) makeNode(lab, node, user);
  await Promise.all([makeKeys(lab, nodes, user), makeCluster(lab, primary, standbys, { user, seed })]);
  putFile(labFiles(lab.directory).inventory, labInventory(lab), 0o644, user);
}

function makeNode(lab: LabDescription, node: LabNode, user: LabUser): void {
  for (const path of [`${node.directory}/disk1`, `${node.directory}/disk2`, node.archive, node.backup, node.broken]) {
    makeDirectories(lab.directory, path, 0o755, user);
  }
  for (const path of [node.ssh, node.work, `${node.directory}/log`]) makeDirectory(path, 0o700, user);
  makeDirectory(node.socket, 0o700, user);
}

async function makeKeys(lab: LabDescription, nodes: readonly LabNode[], user: LabUser): Promise<void> {
  const files = labFiles(lab.directory);
  const [client, ...hosts] = await Promise.all([
    freshKey(files.clientKey, `lab ${lab.name}`, user),
    ...nodes.map(node => freshKey(`${node.ssh}/host_key`, node.name, user)),
  ]);
  putFile(files.authorizedKeys, `${client}\n`, 0o600, user);
  putFile(files.knownHosts, nodes.map((node, at) => knownHost(node, hosts[at] ?? '')).join(''), 0o644, user);
  for (const node of nodes) configureSshd(lab.directory, node, user);
}

/** The servers are copies of one that was never started: that saves a base backup, and the standbys stream from its first byte on. */
async function makeCluster(
  lab: LabDescription,
  primary: LabNode,
  standbys: readonly LabNode[],
  { user, seed }: { readonly user: LabUser; readonly seed: Seed | undefined },
): Promise<void> {
  const programs = { bin: lab.bin, as: user.as };
  const passwords = { superuser: password(), replication: password(), application: password() };
  const lines = [
    `*:*:*:${databaseUser}:${passwords.superuser}`,
    `*:*:*:${replicationUser}:${passwords.replication}`,
    `*:*:*:${applicationUser}:${passwords.application}`,
  ];
  putFile(labFiles(lab.directory).passfile, `${lines.join('\n')}\n`, 0o600, user);
  const nodes = [primary, ...standbys];
  for (const node of nodes) {
    const others = nodes.filter(other => other !== node);
    putFile(`${node.directory}/node.conf`, nodeSettings(lab, node, others), 0o600, user);
  }
  const statements = firstStatements(passwords);
  if (seed) await plantSeed(lab, primary, user, { seed, statements });
  else {
    await initialise(primary, programs);
    await single(primary, programs, statements);
    appendFileSync(`${primary.data}/postgresql.conf`, commonSettings(lab));
    putFile(`${primary.data}/pg_hba.conf`, hostAccess, 0o600, user);
  }
  await Promise.all(standbys.map(standby => makeStandby(lab, primary, standby, user)));
}

async function makeStandby(lab: LabDescription, primary: LabNode, standby: LabNode, user: LabUser): Promise<void> {
  await copyServer(primary, standby, { bin: lab.bin, as: user.as });
  await copyTablespaces(lab, primary, standby, user);
  putFile(`${standby.data}/postgresql.auto.conf`, standbySettings(lab, upstreamOf(lab, standby)), 0o600, user);
  putFile(`${standby.data}/standby.signal`, '', 0o600, user);
}

function makeRoot(asked: string | undefined, user: LabUser): string {
  if (asked === undefined) {
    const parent = resolve(process.env['LIFEBOAT_TEST_ROOT'] ?? tmpdir());
    mkdirSync(parent, { recursive: true });
    return handedOver(mkdtempSync(join(parent, 'lab-')), user);
  }
  const directory = resolve(asked);
  if (existsSync(directory) && readdirSync(directory).length > 0) {
    throw new Fault('refused', `"${directory}" is not empty`, {
      hint: 'a lab wants a directory of its own: name one that is not there yet',
    });
  }
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  return handedOver(directory, user);
}

/** A directory below root's own is closed to the servers' user, and PostgreSQL's complaint about it comes late and reads oddly. */
function outOfReach(directory: string, user: LabUser): Fault {
  return new Fault('refused', `the user "${user.name}", as whom the servers run, cannot reach "${directory}"`, {
    hint: 'name a directory whose parents are open to everyone: --directory, or TMPDIR',
  });
}

function handedOver(directory: string, user: LabUser): string {
  give(directory, user);
  return directory;
}

const password = (): string => randomBytes(18).toString('base64url');
