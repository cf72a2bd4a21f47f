// wait: until a check has held without a break for a while.

import { type Check, type Checks, kindOf } from '../../look/check.ts';
import type { Look } from '../../look/look.ts';
import { type Duration, type Instant, instant, ms, showDuration } from '../../time.ts';
import type { OpKind } from './kind.ts';

export const wait: OpKind<'wait'> = {
  name: 'wait',
  alters: [],
  changes: false,
  again: 'harmless',
  words: ({ until, during }) => ({
    verb: 'wait',
    text: `until ${until.check} holds on ${until.on}`,
    note: during === 0 ? '' : `for ${showDuration(during)}`,
  }),
  async perform(op, hand) {
    const { until, during, every, unless } = op.do;
    const { clock } = hand.site;
    const kind = kindOf(hand.checks, until);
    const begin = clock.ticks();
    const deadline = later(clock.now(), op.within);
    let since: number | undefined;
    let found = 'nothing yet';
    // The step was planned a moment ago: what that look saw is the first answer, which can only make the wait longer.
    for (let look = hand.still(); ; look = hand.look()) {
      if (hand.stop.aborted) return { is: 'interrupted' };
      const asked = clock.ticks();
      const verdict = await kind.test(until.on, until.with, look);
      found =
        verdict.is === 'holds' || verdict.is === 'fails'
          ? verdict.found
          : verdict.is === 'later'
            ? 'later'
            : verdict.why;
      const vain = verdict.is !== 'holds' && unless ? await heldBy(unless, hand.checks, look) : undefined;
      if (vain !== undefined) return { is: 'failed', found: `${found}, and ${vain}` };
      since = verdict.is === 'holds' ? (since ?? asked) : undefined;
      // It held when last looked at: only then is the time between two looks counted.
      const held = since === undefined ? 0 : clock.ticks() - since;
      if (since !== undefined && held >= during)
        return { is: 'done', outputs: { found, waited: showDuration(ms(clock.ticks() - begin)) } };
      const left = op.within - (clock.ticks() - begin);
      if (left <= 0) return { is: 'failed', found: `after ${showDuration(op.within)}: ${found}` };
      const words = kind.words(until.on, until.with);
      const span = during === 0 ? '' : ` for ${showDuration(during)} (${showDuration(ms(held))} so far)`;
      hand.tell({ is: 'waiting', until: `${words}${span}`, found, deadline });
      const pause = since === undefined ? every : Math.min(every, during - held);
      await clock.sleep(ms(Math.max(1, Math.min(pause, left))), hand.stop).catch(() => undefined);
    }
  },
};

/** In words, where the check holds. */
async function heldBy(check: Check, checks: Checks, look: Look): Promise<string | undefined> {
  const kind = kindOf(checks, check);
  const verdict = await kind.test(check.on, check.with, look);
  return verdict.is === 'holds' ? kind.words(check.on, check.with) : undefined;
}

const later = (from: Instant, by: Duration): Instant => instant(new Date(Date.parse(from) + by));
