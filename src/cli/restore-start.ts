// What comes after a restore: the commands to type, and starting the server where that was asked for.

import { statSync } from 'node:fs';
import { exec } from '../drivers/exec.ts';
import { run } from '../drivers/process.ts';
import { sshShell } from '../drivers/ssh.ts';
import { Fault } from '../faults.ts';
import { pgCtlStart } from '../postgres/commands.ts';
import { pgVerifybackup } from '../postgres/commands-copy.ts';
import { commandLine } from '../postgres/shell.ts';
import type { RestorePlan } from '../repo/restore-plan.ts';
import type { Cluster } from '../runbook/inventory-types.ts';
import { seconds } from '../time.ts';
import { rolesBeside } from './restore-primary.ts';
import type { RestorePlace } from './restore-where.ts';

const patience = seconds(120);

/** Prove it, start it, look at it. As root: as whoever the data belongs to, for PostgreSQL refuses root. */
export function nextCommands(place: RestorePlace, plan: RestorePlan, started: boolean): (readonly string[])[] {
  const as = ownerOf(place);
  const there = (argv: readonly string[]): readonly string[] => {
    if (place.node !== undefined && place.node.ssh.local !== true)
      return ['ssh', place.node.ssh.host, commandLine(argv)];
    return as === undefined
      ? argv
      : ['setpriv', `--reuid=${String(as.uid)}`, `--regid=${String(as.gid)}`, '--clear-groups', ...argv];
  };
  const bin = place.places.bin ?? '';
  const program = bin === '' ? '.' : bin;
  if (started) return [['lifeboat', 'status']];
  const verify = { wal: 'none', ignore: plan.moved ? ['tablespace_map'] : [] };
  return [
    there(pgVerifybackup({ bin: program }, plan.places.data, verify)),
    there(startArgv(place)),
    ...(place.node === undefined ? [] : [['lifeboat', 'status']]),
  ];
}

/** Throws a Fault `failed` where it does not come up. */
export async function startRestored(place: RestorePlace): Promise<true> {
  const argv = startArgv(place);
  const { node } = place;
  if (node === undefined || node.ssh.local === true) {
    const ended = await run(argv, { as: ownerOf(place), within: patience });
    if (ended.code === 0) return true;
    throw notStarted(place, `${ended.stdout}\n${ended.stderr}`);
  }
  const shell = sshShell(node.ssh);
  try {
    const done = await exec(shell, { script: 'exec "$@" </dev/null', args: argv }, { within: patience });
    if (done.is === 'ended' && done.code === 0) return true;
    throw notStarted(place, done.is === 'ended' ? `${done.stdout.toString()}\n${done.stderr.toString()}` : done.why);
  } finally {
    await shell.close();
  }
}

/**
 * Throws a Fault `refused` where it would come up as a second primary: on a node of the cluster clients may find it. A directory elsewhere is
 * nobody's node. Asked before anything is written, for afterwards a refusal would not be one.
 */
export async function mustBeAlone({ node }: RestorePlace, { settings }: RestorePlan, cluster: Cluster): Promise<void> {
  if (node === undefined || settings?.signal === 'standby.signal') return;
  const roles = await rolesBeside(cluster, node.name);
  const [rival] = [...roles].filter(([, role]) => role !== 'standby' && role !== 'down');
  if (rival === undefined) return;
  const [name, role] = rival;
  const is = role === 'primary' ? 'is a primary' : 'does not say what it is';
  throw new Fault('refused', `${name} ${is}, and what --start brings up on ${node.name} would be a second primary`, {
    hint: 'fence that one first; or leave out --start; or restore with --as-standby',
  });
}

function startArgv({ node, places }: RestorePlace): readonly string[] {
  if (node?.postgres.service !== undefined) return node.postgres.service.start;
  const log = node?.postgres.log ?? `${places.data}/restored.log`;
  return pgCtlStart(
    { bin: places.bin ?? '.', data: places.data, port: node?.postgres.port ?? 5432, log },
    patience / 1000 / 2,
  );
}

function ownerOf({ node, places }: RestorePlace): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0 || (node !== undefined && node.ssh.local !== true)) return undefined;
  try {
    const { uid, gid } = statSync(places.data);
    return { uid, gid };
  } catch {
    return undefined;
  }
}

const notStarted = (place: RestorePlace, said: string): Fault =>
  new Fault('failed', `restored, and it does not start: ${said.trim().split('\n').slice(-2).join(' · ')}`, {
    ...(place.node && { on: place.node.name }),
    hint: `its log says why: ${place.node?.postgres.log ?? `${place.places.data}/restored.log`}`,
  });
