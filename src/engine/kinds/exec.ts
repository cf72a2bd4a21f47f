// exec: programs on a node, detached from the connection, with a receipt on the host.

import { progressIn } from '../../postgres/progress.ts';
import { commandLine } from '../../postgres/shell.ts';
import { isSilent } from '../../ports.ts';
import type { Hole } from '../../runbook/book-types.ts';
import { showDuration } from '../../time.ts';
import { isHole } from '../planned.ts';
import type { OpKind } from './kind.ts';
import { mustGuard, never } from './must.ts';
import { outcomeOf } from './ran.ts';

export const exec: OpKind<'exec'> = {
  name: 'exec',
  alters: 'all',
  changes: true,
  again: 'only-if-not-done',
  words({ tries, as }) {
    const [first, ...rest] = tries;
    if (!first) return never('an exec without a command');
    if (as !== undefined) return { verb: 'exec', text: isHole(as) ? `‹${as.hole}›` : as };
    // Each try has its own deadline: a line says how long the one before may take, and what comes next.
    const then = rest.map(({ argv }, i) => `${showDuration(tries[i]?.within ?? first.within)}, then ${shown(argv)}`);
    return { verb: 'exec', text: shown(first.argv), note: then.join('\n') };
  },
  async perform(op, hand) {
    const { tries, stdin, secrets } = op.do;
    const task = {
      task: 'argv' as const,
      tries,
      ...(stdin !== undefined && { stdin }),
      ...(secrets !== undefined && { secrets }),
    };
    const tell = (text: string): void => {
      const { progress, rest } = progressIn(text);
      if (rest !== '') hand.tell({ is: 'output', text: rest });
      if (progress !== undefined) hand.tell({ is: 'bytes', ...progress });
    };
    const ran =
      op.on === 'here'
        ? await hand.site.run({ id: hand.job, task }, tell)
        : await hand.site.host(op.on).run({ id: hand.job, guard: mustGuard(hand.guard), task }, tell);
    return outcomeOf(ran);
  },
  async receipt(op, hand) {
    if (op.on === 'here') return 'none';
    const receipt = await hand.site.host(op.on).receipt(hand.job);
    if (isSilent(receipt)) return { is: 'unknown', why: receipt.silent };
    return receipt.is === 'ended' ? outcomeOf(receipt) : receipt.is;
  },
};

const shown = (argv: readonly (string | Hole)[]): string =>
  commandLine(argv.map(arg => (isHole(arg) ? `‹${arg.hole}›` : arg)));
