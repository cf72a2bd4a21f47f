// restorable: the backup that leads to a target can be put onto this node: whole, of its version, with room, and nobody else's data in the way.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { type Known, valueOf } from '../look/facts.ts';
import { judgeKnown } from '../look/judge.ts';
import type { Look } from '../look/look.ts';
import { sandboxOf } from '../look/sandbox.ts';
import { wishParams } from '../look/wish-params.ts';
import { wishIn, wishWords } from '../look/wish.ts';
import type { NodeName } from '../ports.ts';
import type { Wish } from '../repo/choose.ts';
import type { NodeRestore } from '../repo/keeping.ts';
import { wayOf } from '../repo/restore-way.ts';
import { showBytes } from '../time.ts';

export const restorable = checkKind({
  name: 'restorable',
  summary: 'Nothing stands against restoring onto this node: every reason is told at once',
  params: Type.Object({
    ...wishParams,
    beside: Type.Optional(Type.Boolean({ description: 'As a sandbox beside what the node has, and not in its place' })),
  }),
  example: "{ check: restorable, on: primary, to_xid: '742', exclusive: true }",
  words: (on, { beside }) => `a backup can be restored ${beside === true ? `beside the data of` : 'onto'} ${on}`,
  async test(on, { beside = false, ...params }, look): Promise<Verdict> {
    const read = wishIn(wishWords(params));
    // Told by the check of the target.
    if (read.is === 'wrong') return { is: 'absent', why: read.what };
    const restore = beside ? await besideOf(look, on, read.wish) : await look.restore(on, read.wish);
    return judgeKnown(restore, found => {
      if (found === undefined) return { is: 'absent', why: 'no way leads to the target' };
      const { plan } = found;
      if (plan.refusals.length === 0)
        return {
          is: 'holds',
          found: `${showBytes(plan.size)} and ${showBytes(plan.walSize)} of WAL into ${plan.where}`,
        };
      return {
        is: 'fails',
        expected: 'nothing that stands against it',
        found: plan.refusals.map(({ what }) => what).join('; '),
        hint: [...new Set(plan.refusals.map(({ hint }) => hint))].join('\n'),
      };
    });
  },
  forecast: () => ({}),
});

/** Where it goes is named by the way. */
async function besideOf(look: Look, on: NodeName, wish: Wish): Promise<Known<NodeRestore | undefined>> {
  const way = valueOf(await look.way(wish));
  return look.restore(on, wish, way?.is === 'chosen' ? sandboxOf(look, on, wayOf(way)).places : undefined);
}
