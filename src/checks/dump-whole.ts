// dump-whole: a logical backup is read from its first byte to its last, and is what it was when it was made.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { readDumpArgv } from '../look/dump-reading.ts';
import { judgeKnown } from '../look/judge.ts';
import { seconds } from '../time.ts';

/** As fast as the disk is: a large one takes hours. */
const within = seconds(24 * 3600);

export const dumpWhole = checkKind({
  name: 'dump-whole',
  summary: 'Every file of a logical backup is read, and has the SHA-256 that it had when it was made',
  params: Type.Object({ path: Type.String({ pattern: '^/', description: 'Its directory, on the node' }) }),
  example: '{ check: dump-whole, on: primary, path: /disk3/backup/20261121/logical }',
  words: (on, { path }) => `the backup in ${path} on ${on} is whole`,
  async test(on, { path }, look): Promise<Verdict> {
    const dump = await look.dump(on, path);
    if (dump.is === 'later' || dump.is === 'silent') return dump;
    const expected = 'a logical backup, every file of it unchanged';
    const hint = `take another one, or copy it anew from where it was made: ls ${path}/..`;
    if (!dump.value) return { is: 'fails', expected, found: `there is none in ${path}`, hint };
    return judgeKnown(await look.read(on, readDumpArgv(path), within), ({ code, stdout, stderr }) => {
      if (code === 0) return { is: 'holds', found: 'every file was read' };
      const found = (stdout.trim() || stderr.trim()).split('\n').slice(0, 3).join('; ');
      return { is: 'fails', expected, found, hint };
    });
  },
  forecast: () => ({}),
});
