// backup-whole: what leads to a target can be read back, byte by byte, before anything is stopped for it.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { judgeKnown } from '../look/judge.ts';
import { wishIn, wishWords } from '../look/wish.ts';
import { wishParams } from '../look/wish-params.ts';

export const backupWhole = checkKind({
  name: 'backup-whole',
  summary: 'The backup that leads to a target and its WAL can be read back; a large one by its last proof',
  params: Type.Object(wishParams),
  example: "{ check: backup-whole, on: primary, to_xid: '742', exclusive: true }",
  words: () => 'the backup and its WAL can be read back',
  async test(_on, params, look): Promise<Verdict> {
    const read = wishIn(wishWords(params));
    // Told by the check of the target.
    if (read.is === 'wrong') return { is: 'absent', why: read.what };
    return judgeKnown(await look.sound(read.wish), found => {
      if (found === undefined) return { is: 'absent', why: 'no way leads to the target' };
      if (found.ok) return { is: 'holds', found: found.what };
      return {
        is: 'fails',
        expected: 'every byte as it was put there',
        found: found.what,
        hint: 'an older backup may be whole: lifeboat backups, then the same with -p backup=ID; all that is damaged: lifeboat verify',
      };
    });
  },
  forecast: () => ({}),
});
