// What going back costs: all that was written after the place gone back to, exact where its WAL is kept, a bound where it is not yet.

import type { NodeName } from '../ports.ts';
import { lsnDiff, showLsn } from '../postgres/lsn.ts';
import { type Timeline, timeline as toTimeline } from '../postgres/timeline.ts';
import type { Wish } from '../repo/choose.ts';
import type { Lost, Present } from '../repo/lost.ts';
import { showMoment } from '../repo/target.ts';
import type { WalKept } from '../repo/wal-kept.ts';
import { between, bytes, type Instant, ms, showBytes } from '../time.ts';
import { valueOf } from './facts.ts';
import type { Look } from './look.ts';
import type { Loss } from './loss.ts';

export async function lossOfRecovery(look: Look, on: NodeName, wish: Wish): Promise<Loss> {
  const kept = valueOf(await look.kept());
  const present = kept && (await presentOf(look, on, kept));
  if (!kept || !present) return { bytes: 'unknown', time: 'unknown', from: ['what is kept cannot be read'] };
  const known = await look.lost({ ...wish, ...present.wish }, present.now);
  const lost = valueOf(known);
  if (lost) return exactly(lost, present.until);
  return wish.target.is === 'latest' ? nothing : atMost(wish, present, kept);
}

/** To the end of what the disk still has: where that is rescued first, nothing lies beyond. */
const nothing: Loss = { bytes: bytes(0), time: ms(0), from: ['all WAL that can still be read is replayed'] };

interface Abandoned {
  readonly now: Present;
  /** When nobody wrote any more; null: at the end of its WAL. */
  readonly until: Instant | null;
  /** Which timeline the target was on, where that is known by now. */
  readonly wish: { readonly timeline?: Timeline };
}

/** Before it is left behind, the present is what its server says; afterwards the newest timeline before the one that recovery began. */
async function presentOf(look: Look, on: NodeName, kept: WalKept): Promise<Abandoned | undefined> {
  const newest = kept.stretches.reduce<Timeline>(
    (max, one) => (one.timeline > max ? one.timeline : max),
    toTimeline(1),
  );
  const recovered =
    valueOf(await look.fact(on, 'role')) === 'primary' ? valueOf(await look.fact(on, 'timeline')) : undefined;
  const history = recovered === undefined ? undefined : valueOf(await look.history(on, recovered));
  const before = valueOf(await look.found(on, 'timeline'));
  if (history === undefined || recovered === undefined || before !== recovered) {
    const written = valueOf(await look.found(on, 'written')) ?? null;
    const now = { timeline: before === undefined ? newest : toTimeline(before), written };
    return { now, until: written === null ? null : look.now(), wish: {} };
  }
  const parent = history.ancestors.at(-1)?.timeline;
  const left = kept.stretches.reduce<Timeline>(
    (max, { timeline }) => (timeline < recovered && timeline > max ? timeline : max),
    parent ?? toTimeline(1),
  );
  return {
    now: { timeline: left, written: null },
    until: null,
    wish: parent === undefined ? {} : { timeline: parent },
  };
}

/** A server that stops fills up its segment; what counts is the WAL up to the last transaction. */
function exactly({ from, to, size, commits, first, last, unseen }: Lost, until: Instant | null): Loss {
  const whole = unseen > 0 ? size : bytes(last === null ? 0 : Math.max(0, lsnDiff(last.end, from)));
  const end = until ?? last?.time ?? null;
  const span = first === null || end === null ? ms(0) : ms(Math.max(0, between(first.time, end)));
  const time: Loss['time'] = first === null && unseen > 0 ? 'unknown' : span;
  const more = unseen > 0 ? `, and what ${showBytes(unseen)} that are not kept yet hold` : '';
  const count = `${String(commits)} ${commits === 1 ? 'transaction' : 'transactions'}`;
  const since = first === null ? '' : `, from ${showMoment(first.time)} on`;
  return {
    bytes: whole,
    time,
    from: [`${count} committed after the target${since}${more}`, `WAL from ${showLsn(from)} to ${showLsn(to)}`],
  };
}

/** The target lies beyond what is kept: no more than what is not kept yet can lie beyond the target. */
function atMost({ target }: Wish, { now, until }: Abandoned, kept: WalKept): Loss {
  const to = kept.stretches.findLast(one => one.timeline === now.timeline)?.to;
  const size = to === undefined || now.written === null ? 'unknown' : bytes(Math.max(0, lsnDiff(now.written, to)));
  const time = target.is === 'time' && until !== null ? ms(Math.max(0, between(target.time, until))) : 'unknown';
  return {
    bytes: size,
    time,
    from: [
      `the target lies in WAL that is not kept yet, which begins at ${to === undefined ? 'no place known' : showLsn(to)}`,
    ],
  };
}
