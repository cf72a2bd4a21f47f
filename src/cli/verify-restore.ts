// lifeboat verify --restore: makes a server of a backup in a scratch directory, checks it with PostgreSQL's own means, and removes it.

import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from '../drivers/process.ts';
import { localTarget } from '../drivers/restore-local.ts';
import { exits, Fault } from '../faults.ts';
import { pgVerifybackup } from '../postgres/commands-copy.ts';
import { type Measured, measuredRestore } from '../monitor/measured.ts';
import { parseVersion } from '../postgres/version.ts';
import { type RestoreProof, restoreProofJson, restoreProofText } from '../report/restore-proof-text.ts';
import { findBackup, listBackups } from '../repo/catalog.ts';
import { Damage } from '../repo/damage.ts';
import type { BackupId } from '../repo/layout.ts';
import { takeLease } from '../repo/lease.ts';
import { rememberProof } from '../repo/proof.ts';
import type { ClusterRepository } from '../repo/repository.ts';
import { contentsOf } from '../repo/restore-contents.ts';
import { planRestore } from '../repo/restore-plan.ts';
import { refuse, restore } from '../repo/restore.ts';
import { unreachableWords } from '../repo/unreachable.ts';
import { wayBack } from '../repo/way-back.ts';
import { bytes, ms, seconds } from '../time.ts';
import { onInterrupt } from './interrupt.ts';
import { remember } from './measured.ts';
import type { Opened } from './open-repository.ts';
import { RestoreTalk } from './restore-talk.ts';
import { programsOf } from './restore-where.ts';
import { giveTo, ownerOf, ScratchServer } from './scratch-server.ts';
import type { Terminal } from './terminal.ts';
import { walOwner } from './wal-repository.ts';

export interface VerifyRestoreOptions {
  readonly scratch?: string;
  readonly bin?: string;
  readonly json?: boolean;
}

/** Exit 0 where every one of them came up and is clean, 4 where one did not. */
export async function verifyRestore(
  terminal: Terminal,
  opened: Opened,
  ids: readonly BackupId[],
  options: VerifyRestoreOptions,
): Promise<number> {
  const { inventory, cluster, repo } = opened;
  const interrupt = onInterrupt(text => terminal.err(text), 'stopping after what is in hand');
  const lease = await takeLease(repo, { kind: 'verify', names: ids }, walOwner());
  const proofs: RestoreProof[] = [];
  try {
    const chosen = ids.length > 0 ? ids : [await newest(repo)];
    await lease.add(chosen);
    for (const id of chosen) {
      const began = repo.clock.ticks();
      const { steps, failed, measured } = await proven(terminal, opened, id, options, interrupt.stop);
      const took = ms(repo.clock.ticks() - began);
      const [ok, at] = [failed === null, repo.clock.now()];
      const what = failed ?? steps.join('; ');
      await rememberProof(repo, id, { at, how: 'restore', ok, what });
      if (measured) await remember(terminal, { inventory: inventory.file, cluster: cluster.name }, measured);
      proofs.push({ id, ok, took, steps, failed });
    }
  } finally {
    await lease.release();
    interrupt.close();
  }
  if (options.json === true) terminal.out(`${JSON.stringify(restoreProofJson(proofs))}\n`);
  else terminal.out(`${restoreProofText(proofs, { width: terminal.width, colour: terminal.colour })}\n`);
  return proofs.every(({ ok }) => ok) ? exits.ok : exits.refused;
}

async function newest(repo: ClusterRepository): Promise<BackupId> {
  const last = (await listBackups(repo)).findLast(({ status }) => status === 'ok');
  if (last) return last.id;
  throw new Fault('refused', `cluster ${repo.cluster} has no backup in ${repo.where}`, {
    hint: 'take one: lifeboat backup',
  });
}

interface Outcome {
  readonly steps: readonly string[];
  /** Null: all is well. */
  readonly failed: string | null;
  /** How long it took to bring it; only of one that is well. */
  readonly measured?: Measured;
}

/** What does not come up is an answer; what cannot be tried at all (no room, no programs) is thrown. */
async function proven(
  terminal: Terminal,
  opened: Opened,
  id: BackupId,
  options: VerifyRestoreOptions,
  stop: AbortSignal,
): Promise<Outcome> {
  const parent = resolve(terminal.cwd, options.scratch ?? tmpdir());
  const scratch = await mkdtemp(join(parent, 'lifeboat-verify-'));
  const steps: string[] = [];
  const done = (step: string): void => {
    steps.push(step);
    if (stop.aborted) throw new Fault('interrupted', 'interrupted; the scratch directory is removed');
  };
  try {
    // Whoever the server runs as must get to its own directory within.
    await chmod(scratch, 0o711);
    const measured = await tried(terminal, opened, { id, scratch, bin: options.bin, stop, done });
    return { steps, failed: null, measured };
  } catch (error) {
    const damage = error instanceof Damage ? error : error instanceof Fault ? error.cause : undefined;
    if (damage instanceof Damage) return { steps, failed: damage.message };
    // Before it was restored the trouble was ours: no room, no right.
    if (error instanceof Fault && error.code === 'failed' && steps.length > 0) return { steps, failed: error.message };
    throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

interface Trying {
  readonly id: BackupId;
  readonly scratch: string;
  readonly bin: string | undefined;
  readonly stop: AbortSignal;
  readonly done: (step: string) => void;
}

async function tried(terminal: Terminal, { cluster, repo }: Opened, trying: Trying): Promise<Measured> {
  const { scratch, stop, done } = trying;
  const backup = await findBackup(repo, trying.id);
  const bin = trying.bin ?? programsOf(backup.version) ?? cluster.nodes.map(node => node.postgres.bin).find(isHere);
  if (bin === undefined)
    throw new Fault('refused', `the programs of PostgreSQL ${backup.version} are not on this machine`, {
      hint: 'install them, or say where they are: --bin DIRECTORY',
    });
  const chosen = await wayBack(repo, { target: { is: 'immediate' }, backup: backup.id });
  if (chosen.is !== 'chosen') throw new Fault('refused', unreachableWords(chosen).join('; '));
  const data = join(scratch, 'data');
  const tablespaces = backup.tablespaces
    .filter(({ location }) => location.startsWith('/'))
    .map(({ oid, location }) => ({ oid, from: location, to: join(scratch, 'tablespaces', oid) }));
  const places = { data, wal: null, tablespaces: tablespaces.map(({ oid, to }) => ({ oid, location: to })), bin };
  if (tablespaces.length > 0) await mkdir(join(scratch, 'tablespaces'), { mode: 0o755 });
  const target = localTarget(places, repo.works);
  const contents = await contentsOf(repo, backup);
  const talk = new RestoreTalk(terminal, () => repo.clock.now(), bytes(backup.size));
  let moved: boolean;
  let measured: Measured;
  try {
    const wal = { segments: chosen.segments, histories: chosen.histories };
    const becomes = { is: 'recovered', ...chosen.recovery, action: 'promote' } as const;
    const seen = await target.look();
    const plan = planRestore({ backup, places, tablespaces, wal, becomes, where: data }, contents, seen);
    refuse(plan);
    const began = repo.clock.ticks();
    const restored = await restore({ repo, target, tell: talk.hear, stop }, plan, seen);
    const how = { how: 'rehearsal', at: repo.clock.now(), on: 'here' } as const;
    measured = measuredRestore(plan, restored, ms(repo.clock.ticks() - began), how);
    moved = plan.moved;
    done(`restored: ${plan.files} files`);
  } finally {
    talk.end();
    await target.close();
  }
  await verifyBackup(bin, data, moved);
  done('pg_verifybackup: every file is as the server sent it');
  if (contents.control === undefined) throw new Fault('failed', 'its pg_control is damaged');
  const own = join(scratch, 'own');
  await mkdir(own, { mode: 0o700 });
  await giveTo(data, own);
  await serve(
    {
      bin,
      data,
      own,
      user: cluster.nodes[0]?.postgres.user ?? 'postgres',
      database: cluster.nodes[0]?.postgres.database ?? 'postgres',
      major: parseVersion(backup.version)?.major ?? 0,
      control: contents.control,
    },
    done,
  );
  return measured;
}

const isHere = (bin: string): boolean => existsSync(`${bin}/postgres`);

/** Before it is started: a server changes files. Settings of a restore are left out by the program itself. */
async function verifyBackup(bin: string, data: string, moved: boolean): Promise<void> {
  const argv = pgVerifybackup({ bin }, data, { wal: 'none', ignore: moved ? ['tablespace_map'] : [] });
  const ended = await run(argv, { as: ownerOf(data), within: seconds(24 * 3600) });
  if (ended.code === 0) return;
  const said = `${ended.stderr}\n${ended.stdout}`.trim().split('\n').slice(0, 5).join(' · ');
  throw new Fault('failed', said === '' ? ended.how : said);
}

async function serve(place: Parameters<typeof ScratchServer.prepare>[0], done: (step: string) => void): Promise<void> {
  const server = await ScratchServer.prepare(place);
  try {
    await server.start();
    done('started: recovery came to its end');
    for (const step of await server.check()) done(step);
  } finally {
    await server.stop();
  }
  if (place.major < 14 && (await server.checksums())) done('pg_checksums: every page');
}
