// The doors of a look that lead to the repository of the cluster; each thing is asked for once in a look.

import { Fault } from '../faults.ts';
import { type Known, mapKnown } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import { nodePlaces } from '../look/node-places.ts';
import { Damage } from '../repo/damage.ts';
import type { Keeping } from '../repo/keeping.ts';
import type { Cluster } from '../runbook/inventory-types.ts';
import type { Instant } from '../time.ts';
import { canonical } from './json.ts';
import { never } from './kinds/must.ts';

type Doors = Pick<Look, 'way' | 'kept' | 'lost' | 'sound' | 'restore'>;

export function keptLook(keeping: Keeping | undefined, cluster: Cluster, now: () => Instant): Doors {
  const answers = new Map<string, Promise<Known<unknown>>>();
  const once = <T>(question: string, ask: (keeping: Keeping) => Promise<T>): Promise<Known<T>> => {
    const known = answers.get(question) ?? (keeping ? answer(() => ask(keeping), now) : Promise.resolve(none(cluster)));
    answers.set(question, known);
    return known as Promise<Known<T>>;
  };
  const way: Doors['way'] = wish => once(`way ${canonical(wish)}`, it => it.way(wish));
  return {
    way,
    kept: () => once('kept', it => it.kept()),
    lost: (wish, present) => once(`lost ${canonical({ wish, present })}`, it => it.lost(wish, present)),
    async sound(wish) {
      const known = await way(wish);
      if (known.is === 'later' || known.is === 'silent') return known;
      const chosen = known.value;
      if (chosen.is !== 'chosen') return mapKnown(known, () => undefined);
      return once(`sound ${canonical(wish)}`, it => it.sound(chosen));
    },
    async restore(on, wish, into) {
      const known = await way(wish);
      if (known.is === 'later' || known.is === 'silent') return known;
      const chosen = known.value;
      if (chosen.is !== 'chosen') return mapKnown(known, () => undefined);
      const site = cluster.nodes.find(({ name }) => name === on) ?? never(`no node is named "${on}"`);
      const places = into ?? nodePlaces(site);
      return once(`restore ${on} ${canonical({ wish, places })}`, it => it.plan({ on, into: places, chosen }));
    },
  };
}

const none = ({ name }: Cluster) => ({
  is: 'silent' as const,
  why: `cluster "${name}" has no repository in the inventory (backup: { repository: local }, and repositories: { local: { path: … } })`,
  unreachable: false,
});

/** What cannot be opened or read is told as it is; it is not the world that does not answer. */
async function answer<T>(ask: () => Promise<T>, now: () => Instant): Promise<Known<T>> {
  try {
    return { is: 'seen', value: await ask(), at: now() };
  } catch (error) {
    if (error instanceof Damage)
      return { is: 'silent', why: `the repository is damaged: ${error.message}`, unreachable: false };
    if (!(error instanceof Fault)) throw error;
    const hint = error.hint === undefined ? '' : ` (${error.hint})`;
    return { is: 'silent', why: `${error.message}${hint}`, unreachable: error.code === 'unreachable' };
  }
}
