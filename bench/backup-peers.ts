// What takes part in the contest of backups: each as its manual says, on the same server, one after the other.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { background, run } from '../src/drivers/process.ts';
import type { Lab, LabNode } from '../src/lab/lab.ts';
import { give, putFile } from '../src/lab/ownership.ts';
import { until } from '../src/lab/probe.ts';
import { seconds } from '../src/time.ts';
import { type Cost, measured } from './measured.ts';

export interface Peer {
  readonly name: string;
  /** Where it keeps what it was given. */
  readonly repository: string;
  prepare(): Promise<void>;
  full(): Promise<Cost>;
  second(): Promise<Cost>;
  /** Into an empty directory, or over what is there. */
  restore(into: string, delta: boolean): Promise<Cost>;
  /** One segment by its whole path; null where it has no such thing. */
  readonly push: ((segment: string) => Promise<Cost>) | null;
  end(): Promise<void>;
}

const nothing = (): Promise<void> => Promise.resolve();

export function lifeboatPeer(lab: Lab): Peer {
  const program = [process.execPath, fileURLToPath(new URL('../../bin/lifeboat.js', import.meta.url))];
  const inventory = join(lab.directory, 'local.yaml');
  const env = { LIFEBOAT_INVENTORY: inventory, XDG_STATE_HOME: join(lab.directory, 'state') };
  const cost = (...words: readonly string[]): Promise<Cost> => measured([...program, ...words], { env });
  return {
    name: 'lifeboat',
    repository: join(lab.directory, 'repository'),
    prepare() {
      // To the server's Unix socket, as the others: through SSH the bytes would be encrypted and decrypted on this one machine.
      writeFileSync(inventory, asLocal(readFileSync(lab.inventoryFile, 'utf8')));
      return Promise.resolve();
    },
    full: () => cost('backup', '--from', 'primary', '--checkpoint', 'fast'),
    second: () => cost('backup', '--from', 'primary', '--checkpoint', 'fast'),
    restore: into => cost('restore', '--into', into, '--yes'),
    // As an archive_command on the database host has it.
    push: segment =>
      cost('wal', 'push', segment, '--repository', join(lab.directory, 'repository'), '--cluster', 'main'),
    end: nothing,
  };
}

/** A lab's inventory, for whoever is on its hosts himself. */
export const asLocal = (inventory: string): string =>
  inventory.replace(/^ {8}ssh:\n(?: {10}.*\n)+/gm, '        ssh: { local: true }\n');

/** Undefined where it is not installed. */
export function pgBackRest(lab: Lab, node: LabNode): Peer | undefined {
  if (!existsSync('/usr/bin/pgbackrest')) return undefined;
  const home = join(lab.directory, 'pgbackrest');
  const config = join(home, 'pgbackrest.conf');
  const cost = (...words: readonly string[]): Promise<Cost> =>
    measured(['pgbackrest', `--config=${config}`, '--stanza=bench', ...words], { as: lab.user.as });
  return {
    name: 'pgBackRest (zst, 2 processes)',
    repository: join(home, 'repository'),
    async prepare() {
      for (const path of [home, join(home, 'repository')]) {
        mkdirSync(path);
        give(path, lab.user);
      }
      const lines = [
        '[global]',
        `repo1-path=${home}/repository`,
        `log-path=${home}`,
        `lock-path=${home}/lock`,
        `spool-path=${home}/spool`,
        'compress-type=zst',
        'process-max=2',
        'start-fast=y',
        'log-level-console=error',
        '[bench]',
        `pg1-path=${node.data}`,
        `pg1-port=${String(node.port)}`,
        `pg1-socket-path=${node.socket}`,
        '',
      ];
      putFile(config, lines.join('\n'), 0o600, lab.user);
      await lab.psql(
        node.name,
        `alter system set archive_command = 'pgbackrest --config=${config} --stanza=bench archive-push %p'`,
      );
      await lab.psql(node.name, 'select pg_reload_conf()');
      await cost('stanza-create');
    },
    full: () => cost('--type=full', 'backup'),
    second: () => cost('--type=incr', 'backup'),
    restore: (into, delta) => cost(`--pg1-path=${into}`, ...(delta ? ['--delta'] : []), 'restore'),
    push: segment => cost('archive-push', segment),
    end: nothing,
  };
}

/** Undefined where it is not installed. Streams its WAL, and takes its backups with pg_basebackup. */
export function barman(lab: Lab, node: LabNode): Peer | undefined {
  if (!existsSync('/usr/bin/barman')) return undefined;
  const home = join(lab.directory, 'barman');
  const config = join(home, 'barman.conf');
  const words = (...rest: readonly string[]): string[] => ['barman', '-c', config, ...rest];
  const cost = (...rest: readonly string[]): Promise<Cost> => measured(words(...rest), { as: lab.user.as });
  let receiver: ReturnType<typeof background> | undefined;
  return {
    name: 'Barman (pg_basebackup, streaming)',
    repository: join(home, 'bench'),
    async prepare() {
      mkdirSync(home);
      give(home, lab.user);
      const connection = `host=${node.socket} port=${String(node.port)} user=postgres dbname=postgres`;
      const lines = [
        '[barman]',
        `barman_user = ${lab.user.name}`,
        `barman_home = ${home}`,
        `configuration_files_directory = ${home}`,
        `log_file = ${home}/barman.log`,
        'compression = gzip',
        '[bench]',
        'description = bench',
        `conninfo = ${connection}`,
        `streaming_conninfo = ${connection}`,
        'backup_method = postgres',
        'streaming_archiver = on',
        'slot_name = barman',
        `path_prefix = ${lab.description.bin}`,
        '',
      ];
      putFile(config, lines.join('\n'), 0o600, lab.user);
      await cost('receive-wal', '--create-slot', 'bench');
      receiver = background(words('receive-wal', 'bench'), { as: lab.user.as });
      // What is switched away from before it listens is not sent to it any more, and it takes no backup before it has had a segment.
      const listens = "select active from pg_replication_slots where slot_name = 'barman'";
      if (!(await until(30_000, async () => (await lab.psql(node.name, listens)) === 't')))
        throw new Error('barman receive-wal did not begin to listen');
      await cost('switch-wal', '--force', '--archive', '--archive-timeout', '60', 'bench');
    },
    full: () => cost('backup', '--immediate-checkpoint', 'bench'),
    second: () => cost('backup', '--immediate-checkpoint', 'bench'),
    restore: into => cost('recover', 'bench', 'latest', into),
    push: null,
    async end() {
      await run(words('receive-wal', '--stop', 'bench'), { as: lab.user.as, within: seconds(30) });
      await receiver?.ended;
    },
  };
}
