// What a failover loses: exact where the lost primary's WAL can be read, honest about what cannot be known elsewhere.

import type { NodeName } from '../ports.ts';
import { compareLsn, type Lsn, lsnDiff, showLsn } from '../postgres/lsn.ts';
import { type Bytes, type Duration, between, bytes, ms, showBytes, showDuration } from '../time.ts';
import { valueOf } from './facts.ts';
import type { Look } from './look.ts';

/** What is lost if the plan is carried out, at most; `unknown` is over every budget. */
export interface Loss {
  readonly bytes: Bytes | 'unknown';
  readonly time: Duration | 'unknown';
  /** What it was reckoned from, for a person. */
  readonly from: readonly string[];
}

/**
 * The WAL of `lost` that `candidate` does not have.
 *
 * Where the lost primary is stopped and its disk answers, the end of its WAL is read with pg_waldump and the loss is exact.
 * Where it cannot be read, bytes are unknown: nobody knows what a machine out of reach still wrote. A bound in time is given
 * only if no process of it is left (seen, promised by a fence), for else it may be committing now.
 */
export async function lossOf(look: Look, candidate: NodeName, lost: NodeName): Promise<Loss> {
  const promised = await look.fact(candidate, 'missing');
  if (promised.is === 'promised') {
    return {
      bytes: promised.value,
      time: ms(0),
      from: [
        `${candidate} has all WAL of ${lost} after ${promised.by}`,
        ...(promised.unless === undefined
          ? []
          : [`unless ${promised.unless}: then it is unknown, and wants --accept-loss unknown`]),
      ],
    };
  }
  const received = valueOf(await look.fact(candidate, 'received'));
  const replayed = valueOf(await look.fact(candidate, 'replayed'));
  const timeline = valueOf(await look.fact(candidate, 'timeline'));
  const processes = await look.fact(lost, 'processes');
  const stopped = (processes.is === 'seen' || processes.is === 'promised') && processes.value === 0;
  if (received !== undefined && replayed !== undefined && timeline !== undefined && stopped) {
    // From what was replayed on: what was received may end amid a record.
    const end = await look.endOfWal(lost, timeline, replayed);
    if (end.is === 'seen') {
      const all = compareLsn(replayed, end.value.last) > 0;
      return exact(lost, candidate, all ? end.value.end : received, end.value.end, await sinceLast(look, candidate));
    }
  }
  const seen = look.lastSeen(lost);
  const basis = [
    ...(received === undefined ? [] : [`${candidate} received up to ${showLsn(received)}`]),
    ...(seen === undefined
      ? [`${lost} was never seen from this machine`]
      : [`${lost} last seen at ${showLsn(seen.lsn)}, ${seen.at}${rateWords(seen.rate)}`]),
  ];
  if (!stopped) return { bytes: 'unknown', time: 'unknown', from: [...basis, `${lost} may still be writing`] };
  return {
    bytes: 'unknown',
    time: await sinceLast(look, candidate),
    from: [...basis, `the WAL of ${lost} cannot be read`],
  };
}

const rateWords = (rate: number | null): string =>
  rate === null ? '' : `, writing ${showBytes(bytes(Math.round(rate)))} a second`;

function exact(lost: NodeName, candidate: NodeName, received: Lsn, end: Lsn, time: Duration | 'unknown'): Loss {
  const missing = bytes(Math.max(0, lsnDiff(end, received)));
  return {
    bytes: missing,
    time: missing === 0 ? ms(0) : time,
    from: [`WAL of ${lost} ends at ${showLsn(end)}`, `${candidate} received up to ${showLsn(received)}`],
  };
}

/** From the last transaction replayed to now: nothing older can be missing, and a stopped primary commits no more. */
async function sinceLast(look: Look, candidate: NodeName): Promise<Duration | 'unknown'> {
  const last = valueOf(await look.fact(candidate, 'lastTransaction'));
  return last === undefined || last === '' ? 'unknown' : ms(Math.max(0, between(last, look.now())));
}

/** `0 B`, `312 kB, 1.2 s`, `unknown bytes, unknown time`. */
export function showLoss(loss: Loss): string {
  if (loss.bytes === 0) return '0 B';
  const size = loss.bytes === 'unknown' ? 'unknown bytes' : showBytes(loss.bytes);
  return `${size}, ${loss.time === 'unknown' ? 'unknown time' : showDuration(loss.time)}`;
}
