// restorable: the backup that leads to a target can be put onto this node: whole, of its version, with room, and nobody else's data in the way.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { judgeKnown } from '../look/judge.ts';
import { wishIn, wishWords } from '../look/wish.ts';
import { showBytes } from '../time.ts';
import { wishParams } from '../look/wish-params.ts';

export const restorable = checkKind({
  name: 'restorable',
  summary: 'Nothing stands against restoring onto this node: every reason is told at once',
  params: Type.Object(wishParams),
  example: "{ check: restorable, on: primary, to_xid: '742', exclusive: true }",
  words: on => `a backup can be restored onto ${on}`,
  async test(on, params, look): Promise<Verdict> {
    const read = wishIn(wishWords(params));
    // Told by the check of the target.
    if (read.is === 'wrong') return { is: 'absent', why: read.what };
    return judgeKnown(await look.restore(on, read.wish), found => {
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
