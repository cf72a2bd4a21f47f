// reachable-target: what is kept leads to the place where a recovery shall end, or every reason why not and what can be had instead.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { valueOf } from '../look/facts.ts';
import { judgeKnown } from '../look/judge.ts';
import type { Look } from '../look/look.ts';
import { wishIn, wishWords } from '../look/wish.ts';
import type { NodeName } from '../ports.ts';
import type { Wish } from '../repo/choose.ts';
import { wayOf, wayWords } from '../repo/restore-way.ts';
import { showMoment, showTarget, type Target } from '../repo/target.ts';
import { bookWords } from '../repo/target-words.ts';
import { type Point, reasonWords, type Unreachable } from '../repo/unreachable.ts';
import { compareInstants, type Instant } from '../time.ts';
import { wishParams } from '../look/wish-params.ts';

export const reachableTarget = checkKind({
  name: 'reachable-target',
  summary: 'The repository has a backup and all WAL from there on to the target',
  params: Type.Object(wishParams),
  example: "{ check: reachable-target, on: primary, to_xid: '742', exclusive: true }",
  words: (_on, params) => {
    const read = wishIn(params);
    return `the repository leads to ${read.is === 'wish' ? showTarget(read.wish.target) : 'the target'}`;
  },
  async test(on, params, look): Promise<Verdict> {
    const read = wishIn(wishWords(params));
    if (read.is === 'wrong') {
      const hint = read.hint === undefined ? {} : { hint: read.hint };
      return { is: 'fails', expected: 'a place where the recovery ends', found: read.what, ...hint };
    }
    const { wish } = read;
    return (
      inTheFuture(wish.target, look.now()) ??
      (await unkeptTimeline(look, on, wish)) ??
      judgeKnown(await look.way(wish), found =>
        found.is === 'chosen' ? { is: 'holds', found: wayWords(wayOf(found)) } : refused(found),
      )
    );
  },
  forecast: () => ({}),
});

/** WAL to come leads nowhere that nobody knows of yet: a recovery to there fails when it is over. */
function inTheFuture(target: Target, now: Instant): Verdict | undefined {
  if (target.is !== 'time' || compareInstants(target.time, now) <= 0) return undefined;
  return {
    is: 'fails',
    expected: 'a time that is past',
    found: `${showMoment(target.time)}, and it is ${showMoment(now)}`,
    hint: 'the latest there is: lifeboat wal status',
  };
}

/** What "latest" means would change as soon as the server's own timeline is brought into the repository. */
async function unkeptTimeline(look: Look, on: NodeName, { timeline = 'latest' }: Wish): Promise<Verdict | undefined> {
  const [own, kept] = [valueOf(await look.found(on, 'timeline')), valueOf(await look.kept())];
  if (timeline !== 'latest' || own === undefined || kept === undefined || kept.stretches.length === 0) return undefined;
  const newest = Math.max(...kept.histories.keys(), ...kept.stretches.map(one => one.timeline));
  if (own <= newest) return undefined;
  return {
    is: 'fails',
    expected: 'the timeline of the target, by its number',
    found: `${on} is on timeline ${String(own)}, of which nothing is kept yet; the latest that is kept is ${String(newest)}`,
    hint: `say which: -p timeline=${String(newest)} or -p timeline=${String(own)}`,
  };
}

function refused({ target, reasons, nearest: { before, after } }: Unreachable): Verdict {
  const points = [
    ...(before ? [`nearest before: ${pointWords(before)}`] : []),
    ...(after ? [`nearest after: ${pointWords(after)}`] : []),
  ];
  return {
    is: 'fails',
    expected: `a way to ${showTarget(target)}`,
    found: reasons.map(reason => reasonWords(reason, target).replace('--timeline ', '-p timeline=')).join('; '),
    hint: points.length === 0 ? 'what is kept: lifeboat wal status, lifeboat backups' : points.join('\n'),
  };
}

function pointWords({ time, lsn, xid, timeline, backup }: Point): string {
  if (xid === null) return `${showMoment(time)}, where backup ${backup} is consistent`;
  const target: Target = { is: 'lsn', lsn, inclusive: true };
  return `${showMoment(time)}, transaction ${String(xid)}: ${bookWords(target, timeline).join(' ')}`;
}
