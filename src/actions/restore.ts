// restore: puts the backup that leads to a target, and its WAL, onto a node; what lies there is moved aside, never deleted.

import { Type } from 'typebox';
import { wishParams } from '../look/wish-params.ts';
import { valueOf } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import { wishIn, wishWords } from '../look/wish.ts';
import type { NodeName } from '../ports.ts';
import type { Wish } from '../repo/choose.ts';
import { type RestoreWay, wayOf } from '../repo/restore-way.ts';
import type { Check, Hole } from '../runbook/book-types.ts';
import { node } from '../runbook/vocabulary.ts';
import { action, type Plan } from './action.ts';
import { broken } from './parts/broken.ts';
import { restoredOps } from './parts/restored.ts';

export const restore = action({
  name: 'restore',
  summary: 'Restores the backup that leads to a target onto a stopped node; what lies there is moved aside',
  params: Type.Object({ node: node({ description: 'The stopped server' }), ...wishParams }),
  example: `- id: restore
  action: restore
  with: { node: primary, to_xid: '742', exclusive: true }`,
  async plan({ node: on, ...params }, look): Promise<Plan> {
    const wish = wishWords(params);
    const needs: Check[] = [
      { check: 'stopped', on, with: {} },
      { check: 'repository', on, with: {} },
      { check: 'reachable-target', on, with: wish },
      { check: 'backup-whole', on, with: wish },
      { check: 'restorable', on, with: wish },
      { check: 'wal-level', on, with: wish },
    ];
    const promise: Check[] = [{ check: 'restored', on, with: {} }];
    const read = wishIn(wish);
    const way = read.is === 'wish' ? await wayTo(look, read.wish) : undefined;
    if (way === undefined || read.is === 'wrong')
      return { needs, do: { ops: [], why: 'nothing leads to the target' }, promise };
    const spaces = await spacesOf(look, on, read.wish);
    const moved = await broken(
      look,
      on,
      on,
      spaces.map(space => [space, space]),
    );
    return { needs, do: { ops: await restoredOps({ look, on, wish, way, moved, spaces }) }, promise };
  },
});

/** A hole where an earlier step may bring what leads there; undefined where nothing does, which the checks tell. */
async function wayTo(look: Look, wish: Wish): Promise<RestoreWay | Hole | undefined> {
  const known = await look.way(wish);
  if (known.is === 'later') return { hole: 'the backup that leads to the target, and its WAL', after: known.after };
  const found = valueOf(known);
  return found?.is === 'chosen' ? wayOf(found) : undefined;
}

const spacesOf = async (look: Look, on: NodeName, wish: Wish): Promise<readonly string[]> =>
  valueOf(await look.restore(on, wish))?.spaces ?? [];
