// What a run does with a repository, made of its parts: chosen by what is kept, brought to a node through a target that others make.

import { createHash } from 'node:crypto';
import { Fault } from '../faults.ts';
import type { HostGuard, NodeName } from '../ports.ts';
import { timeline } from '../postgres/timeline.ts';
import { Damage } from './damage.ts';
import type { Backup } from './backup.ts';
import type { Keeping, RestoreOrder } from './keeping.ts';
import type { BackupId } from './layout.ts';
import { takeLease } from './lease.ts';
import { placesOf, planNodeRestore, wishOf } from './node-restore.ts';
import type { ClusterRepository } from './repository.ts';
import { rescue } from './rescue.ts';
import { type Contents, contentsOf } from './restore-contents.ts';
import { planRestore } from './restore-plan.ts';
import type { Places, RestoreTarget } from './restore-target.ts';
import { sameWay, wayOf, wayWords } from './restore-way.ts';
import { restore } from './restore.ts';
import { walKept } from './wal-catalog.ts';
import { type Soundness, soundness } from './soundness.ts';
import { knownOf, lossOf, wayBack } from './way-back.ts';

/** A node's places; where a guard is given, nothing is changed there that it does not hold for. */
export type TargetOn = (on: NodeName, places: Places, guard?: HostGuard) => RestoreTarget;

/** @param open called when something is asked for the first time, and only then */
export function keepingOf(where: string, open: () => Promise<ClusterRepository>, targetOn: TargetOn): Keeping {
  let opened: Promise<ClusterRepository> | undefined;
  const repository = (): Promise<ClusterRepository> => (opened ??= open());
  const read = new Map<BackupId, Promise<Contents>>();
  const contents = (repo: ClusterRepository, backup: Backup): Promise<Contents> => {
    const known = read.get(backup.id) ?? contentsOf(repo, backup);
    read.set(backup.id, known);
    return known;
  };

  const sound = new Map<string, Promise<Soundness>>();
  const proven = new Set<string>();

  return {
    where,
    async sound(chosen) {
      const repo = await repository();
      const what = [chosen.backup.id, ...chosen.segments.map(({ name }) => name)].join();
      const known = sound.get(what) ?? soundness(repo, chosen, proven);
      sound.set(what, known);
      return known;
    },
    way: async wish => wayBack(await repository(), wish),
    kept: async () => walKept(await repository()),
    async lost(wish, now) {
      const repo = await repository();
      const known = await knownOf(repo);
      const chosen = await wayBack(repo, wish, known);
      return chosen.is === 'chosen' ? lossOf(repo, chosen, now, known) : undefined;
    },
    async plan({ on, into, chosen }) {
      const repo = await repository();
      const places = placesOf(chosen.backup, into);
      // One more directory to look at, beside those of the tablespaces.
      const broken = { oid: '0', location: into.broken };
      const target = targetOn(on, { ...places, tablespaces: [...places.tablespaces, broken] });
      try {
        const [held, seen] = await Promise.all([contents(repo, chosen.backup), target.look()]);
        const aside = seen.tablespaces.at(-1) ?? seen.data;
        const node = { target: { ...seen, tablespaces: seen.tablespaces.slice(0, -1) }, broken: aside };
        return planNodeRestore({ chosen, into, where: target.where }, held, node);
      } finally {
        await target.close();
      }
    },
    async restore(order, way, guard, { owner, tell, stop }) {
      const repo = await repository();
      const lease = await takeLease(repo, { kind: 'restore', id: placeId(order), names: [way.backup] }, owner);
      try {
        const { on, wish, into } = order;
        const chosen = await wayBack(repo, { ...wish, backup: way.backup, timeline: timeline(way.timeline) });
        if (chosen.is !== 'chosen' || !sameWay(wayOf(chosen), way))
          throw new Fault('refused', `the repository no longer leads where the plan said: ${wayWords(way)}`, {
            hint: 'look at the new plan: the same book with --dry-run',
          });
        const target = targetOn(on, placesOf(chosen.backup, into), guard);
        try {
          const [held, seen] = await Promise.all([contents(repo, chosen.backup), target.look()]);
          const plan = planRestore(wishOf({ chosen, into, where: target.where }), held, seen);
          return await restore({ repo, target, tell, stop }, plan, seen);
        } finally {
          await target.close();
        }
      } catch (error) {
        throw error instanceof Damage ? damaged(error) : error;
      } finally {
        await lease.release();
      }
    },
    rescue: async (names, owner) => rescue(await repository(), names, owner),
  };
}

/** Two at once into one place would write the same files. */
const placeId = ({ on, into }: RestoreOrder): string =>
  createHash('sha256').update(`${on}:${into.data}`).digest('hex').slice(0, 16);

const damaged = (damage: Damage): Fault =>
  new Fault('failed', `the repository is damaged; ${damage.message}`, {
    hint: 'an older backup may be whole: lifeboat backups, then the same book with -p backup=ID',
    cause: damage,
  });
