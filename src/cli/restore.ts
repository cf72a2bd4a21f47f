// lifeboat restore: chooses the way back, shows the plan, and makes a server of a backup and its WAL again.

import { createHash } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';
import { makeSite } from '../drivers/site.ts';
import { RunLock } from '../engine/lock.ts';
import { exits, Fault } from '../faults.ts';
import { measuredRestore } from '../monitor/measured.ts';
import { restoreDoneJson, restoreDoneText, restorePlanJson, restorePlanText } from '../report/restore-text.ts';
import { findBackup } from '../repo/catalog.ts';
import type { Chosen } from '../repo/choose.ts';
import { Damage } from '../repo/damage.ts';
import { takeLease } from '../repo/lease.ts';
import type { ClusterRepository } from '../repo/repository.ts';
import { contentsOf } from '../repo/restore-contents.ts';
import { planRestore, type RestorePlan } from '../repo/restore-plan.ts';
import type { Becomes } from '../repo/restore-settings.ts';
import type { TargetSeen } from '../repo/restore-target.ts';
import { refuse, restore } from '../repo/restore.ts';
import { readTarget, readTimelineWish, type TargetWords } from '../repo/target.ts';
import { unreachableWords } from '../repo/unreachable.ts';
import { wayBack } from '../repo/way-back.ts';
import { bytes, ms } from '../time.ts';
import { onInterrupt } from './interrupt.ts';
import type { InventoryOptions } from './inventory-file.ts';
import { remember } from './measured.ts';
import { type BackedUp, openForCluster } from './open-repository.ts';
import { person } from './person.ts';
import { primaryFor } from './restore-primary.ts';
import { mustBeAlone, nextCommands, startRestored } from './restore-start.ts';
import { RestoreTalk } from './restore-talk.ts';
import { type RestorePlace, restorePlace, type WhereOptions } from './restore-where.ts';
import type { Terminal } from './terminal.ts';

export interface RestoreCommandOptions extends InventoryOptions, TargetWords, WhereOptions {
  readonly backup?: string;
  readonly timeline?: string;
  readonly action?: 'pause' | 'promote' | 'shutdown';
  readonly asStandby?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly start?: boolean;
  readonly json?: boolean;
}

export async function restoreCommand(terminal: Terminal, options: RestoreCommandOptions): Promise<number> {
  const { inventory, cluster, repo } = await openForCluster(terminal, options);
  const owner = `${userInfo().username}@${hostname()}`;
  // Before anything is read: what is chosen must not be expired before it is brought.
  const lease =
    options.dryRun === true
      ? undefined
      : await takeLease(repo, { kind: 'restore', id: placeId(terminal, options) }, owner);
  try {
    const chosen = await chooseWay(repo, options);
    await lease?.add([chosen.backup.id]);
    const place = restorePlace(terminal, cluster, chosen.backup, options, repo.works);
    try {
      return await planAndRestore(terminal, { inventory: inventory.file, cluster, repo, chosen, place, options });
    } finally {
      await place.target.close();
    }
  } catch (error) {
    throw error instanceof Damage ? damaged(error) : error;
  } finally {
    await lease?.release();
  }
}

/** Two at once into one place would write the same files. */
function placeId(terminal: Terminal, { on, into = '' }: RestoreCommandOptions): string {
  const place = on ?? `${hostname()}:${resolve(terminal.cwd, into)}`;
  return createHash('sha256').update(place).digest('hex').slice(0, 16);
}

interface Restoring {
  /** Its file. */
  readonly inventory: string;
  readonly cluster: BackedUp;
  readonly repo: ClusterRepository;
  readonly chosen: Chosen;
  readonly place: RestorePlace;
  readonly options: RestoreCommandOptions;
}

async function planAndRestore(terminal: Terminal, restoring: Restoring): Promise<number> {
  const { repo, chosen, place, options } = restoring;
  const [contents, seen, becomes] = await Promise.all([
    contentsOf(repo, chosen.backup),
    place.target.look(),
    becomesOf(restoring),
  ]);
  const { places, tablespaces, target } = place;
  const wal = { segments: chosen.segments, histories: chosen.histories };
  const wish = { backup: chosen.backup, places, tablespaces, wal, becomes, where: target.where };
  const plan = planRestore(wish, contents, seen);
  showPlan(terminal, plan, chosen, options);
  refuse(plan);
  if (options.start === true) await mustBeAlone(place, plan, restoring.cluster);
  if (options.dryRun === true) return exits.ok;
  if (!(await confirmed(terminal, plan, options))) return exits.waiting;
  return locked(restoring, () => perform(terminal, restoring, plan, seen));
}

/** A node of the cluster is locked as by a run, so that neither works on the data of the other. */
async function locked<T>({ cluster, place: { node } }: Restoring, act: () => Promise<T>): Promise<T> {
  if (node === undefined) return act();
  const site = makeSite(cluster);
  try {
    // The same name each time: a restore that was killed goes on with its own lock, and two at once the lease keeps apart.
    const options = { run: `restore-on-${node.name}`, book: 'restore', former: null, takeOver: false };
    const lock = await RunLock.take(site, [node.name], options);
    return await act().finally(() => lock.release());
  } finally {
    await site.close();
  }
}

async function perform(terminal: Terminal, restoring: Restoring, plan: RestorePlan, seen: TargetSeen): Promise<number> {
  const { repo, place, options } = restoring;
  const talk = new RestoreTalk(terminal, () => repo.clock.now(), bytes(plan.size + plan.walSize));
  const interrupt = onInterrupt(
    text => talk.line(text),
    'finishing what is in hand; once more to leave at once (the same command goes on where this one was)',
  );
  const began = repo.clock.ticks();
  try {
    const done = await restore({ repo, target: place.target, tell: talk.hear, stop: interrupt.stop }, plan, seen);
    const took = ms(repo.clock.ticks() - began);
    talk.end();
    const whose = { inventory: restoring.inventory, cluster: restoring.cluster.name };
    const how = { how: 'run', at: repo.clock.now(), on: place.node?.name ?? 'here' } as const;
    await remember(terminal, whose, measuredRestore(plan, done, took, how));
    const started = options.start === true && (await startRestored(place));
    const result = { plan, done, took, started, next: nextCommands(place, plan, started) };
    if (options.json === true) terminal.out(`${JSON.stringify(restoreDoneJson(result))}\n`);
    else terminal.out(`${restoreDoneText(result, { width: terminal.width, colour: terminal.colour })}\n`);
    return exits.ok;
  } finally {
    talk.end();
    interrupt.close();
  }
}

async function chooseWay(repo: ClusterRepository, options: RestoreCommandOptions): Promise<Chosen> {
  const target = readTarget(options, Intl.DateTimeFormat().resolvedOptions().timeZone);
  if (options.action !== undefined && options.action !== 'promote' && target.is === 'latest') {
    throw new Fault(
      'usage',
      `--action ${options.action} needs a target: at the end of the WAL a server always promotes itself`,
      {
        hint: 'give one, for example --to-time; or --as-standby, which stays read-only',
      },
    );
  }
  if (options.asStandby === true && target.is !== 'latest') {
    throw new Fault('usage', 'a standby follows its primary: --as-standby takes no target', {
      hint: 'leave out one of them',
    });
  }
  // An id may be shortened, or be "last".
  const backup = options.backup === undefined ? {} : { backup: (await findBackup(repo, options.backup)).id };
  const found = await wayBack(repo, { target, timeline: readTimelineWish(options.timeline), ...backup });
  if (found.is === 'chosen') return found;
  const [fact = '', ...more] = unreachableWords(found);
  throw new Fault('refused', fact, { hint: more.join('\n') });
}

async function becomesOf({ cluster, chosen, place, options }: Restoring): Promise<Becomes> {
  if (options.asStandby === true) return primaryFor(cluster, place);
  return { is: 'recovered', ...chosen.recovery, action: options.action ?? 'promote' };
}

function showPlan(
  terminal: Terminal,
  plan: RestorePlan,
  chosen: Chosen,
  { dryRun, json }: RestoreCommandOptions,
): void {
  if (json === true) {
    if (dryRun === true) terminal.out(`${JSON.stringify(restorePlanJson(plan, chosen))}\n`);
    return;
  }
  const text = restorePlanText(plan, chosen, { width: terminal.width, colour: dryRun === true && terminal.colour });
  if (dryRun !== true) terminal.err(`${text}\n`);
  else if (plan.refusals.length > 0) terminal.out(`${text}\n`);
  else terminal.out(`${text}\nNothing was changed. To do it: the same command without --dry-run\n`);
}

/** Only where data is there: what is written over cannot be had back. */
async function confirmed(terminal: Terminal, plan: RestorePlan, options: RestoreCommandOptions): Promise<boolean> {
  if (plan.mode !== 'delta' || options.yes === true) return true;
  const answer = await person(terminal)?.ask(
    `What differs in ${plan.where} is written over, for good. Type yes to do it: `,
  );
  if (answer === 'yes') return true;
  terminal.err(
    `Nothing was changed: what differs in ${plan.where} would be written over. To do it: the same command with --yes\n`,
  );
  return false;
}

const damaged = (damage: Damage): Fault =>
  new Fault('refused', `the repository is damaged; ${damage.message}`, {
    hint: 'nothing was changed; an older backup may be whole: lifeboat restore --backup ID (lifeboat backups shows them)',
    cause: damage,
  });
