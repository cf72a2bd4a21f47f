// A WAL disk without space: a real one, small and filled, or segments that lead to the device that is always full.

import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { run } from '../drivers/process.ts';
import { Fault } from '../faults.ts';
import { nextSegment } from '../postgres/segment.ts';
import { bytes, seconds } from '../time.ts';
import type { Lab } from './lab.ts';
import type { LabNode } from './layout.ts';
import { mounts } from './mounts.ts';
import { give } from './ownership.ts';
import { processesOf, signal } from './processes.ts';
import { startServer, stopServer } from './server.ts';

const megabyte = 1024 ** 2;
const device = '/dev/full';
const disk = (node: LabNode): string => `${node.directory}/disk2`;
const ballast = (node: LabNode): string => `${disk(node)}/somebodys-dump.sql`;

/** The disk of the WAL directory, full to the last byte. It is made a file system of its own first, which takes a restart and root's rights. */
export async function fillDisk(lab: Lab, node: LabNode): Promise<void> {
  if (!mounts().includes(disk(node))) await makeSmall(lab, node);
  const file = openSync(ballast(node), 'a');
  try {
    for (let piece = megabyte; piece > 0; piece = Math.floor(piece / 2)) fill(file, Buffer.alloc(piece));
  } finally {
    closeSync(file);
  }
}

/** Takes away what filled it. */
export const freeDisk = (node: LabNode): void => rmSync(ballast(node), { force: true });

async function makeSmall(lab: Lab, node: LabNode): Promise<void> {
  const at = disk(node);
  const former = `${at}.former`;
  if (process.getuid?.() !== 0) throw notMounted(node, 'you are not root');
  await stopServer(node, lab.programs);
  const used = await run(['du', '-sm', at], { within: seconds(30) });
  renameSync(at, former);
  mkdirSync(at, { mode: 0o755 });
  const size = `size=${String(Number.parseInt(used.stdout, 10) + 128)}m`;
  const mounted = await run(['mount', '-t', 'tmpfs', '-o', size, 'tmpfs', at], { within: seconds(10) });
  if (mounted.code === 0) {
    const copied = await run(['cp', '-a', `${former}/.`, at], { within: seconds(120) });
    if (copied.code !== 0) throw new Fault('failed', copied.stderr.trim() || copied.how, { on: node.name });
    rmSync(former, { recursive: true });
    give(at, lab.user);
  } else {
    rmSync(at, { recursive: true });
    renameSync(former, at);
  }
  await startServer(node, lab.programs);
  if (mounted.code !== 0) throw notMounted(node, mounted.stderr.trim() || mounted.how);
}

const notMounted = (node: LabNode, why: string): Fault =>
  new Fault('refused', `a small file system for the WAL cannot be mounted: ${why}`, {
    on: node.name,
    hint: 'it takes root with CAP_SYS_ADMIN; without: -p how=device',
  });

function fill(file: number, piece: Buffer): void {
  try {
    for (;;) if (writeSync(file, piece) < piece.length) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

/**
 * The segments that the server will write next lead to /dev/full: PostgreSQL opens a segment that is there as it is
 * (xlog.c, XLogFileInit), and the kernel answers each write with ENOSPC; read, they are empty, so that recovery ends before them.
 * The server stands still meanwhile, lest it opens one just then and goes on writing into a file that has no name any more.
 */
export async function segmentsFromDevFull(lab: Lab, node: LabNode): Promise<void> {
  const written =
    "select pg_walfile_name(pg_current_wal_insert_lsn()) || pg_size_bytes(current_setting('wal_segment_size'))";
  const said = await lab.psql(node.name, written);
  const frozen = processesOf(node.data).filter(({ pid }) => signal(pid, 'SIGSTOP'));
  try {
    let name: string | undefined = said.slice(0, 24);
    const size = bytes(Number(said.slice(24)));
    // One segment may have been begun since it was asked; the server has it open.
    name = nextSegment(name, size);
    for (let count = 0; name !== undefined && count < 64; count += 1) {
      name = nextSegment(name, size);
      if (name === undefined) return;
      rmSync(`${node.wal}/${name}`, { force: true });
      symlinkSync(device, `${node.wal}/${name}`);
    }
  } finally {
    for (const { pid } of frozen) signal(pid, 'SIGCONT');
  }
}

export function segmentsFromDisk(node: LabNode): void {
  for (const name of readdirSync(node.wal)) {
    const path = `${node.wal}/${name}`;
    if (lstatSync(path).isSymbolicLink() && readlinkSync(path) === device) unlinkSync(path);
  }
}
