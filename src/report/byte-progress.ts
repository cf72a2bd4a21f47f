// How far a copy has come, how fast it goes and how long it still takes. Pure.

import { between, bytes, type Duration, type Instant, ms, showBytes, showDuration } from '../time.ts';

export interface Rate {
  /** Bytes per second, smoothed; undefined before two looks. */
  readonly rate: number | undefined;
  readonly since: { readonly at: Instant; readonly bytes: number } | undefined;
}

export const noRate: Rate = { rate: undefined, since: undefined };

/** Programs tell their progress once a second; what is measured over less is noise. */
const shortest = ms(500);

/** The mean over half a second at least, then half old and half new: a rate that can be read while it changes. */
export function measured(former: Rate, done: number, now: Instant | undefined): Rate {
  if (now === undefined) return former;
  // Less than before: another copy has begun, and its bytes are not to be reckoned against those of the former.
  if (former.since === undefined || done < former.since.bytes)
    return { rate: undefined, since: { at: now, bytes: done } };
  const passed = between(former.since.at, now);
  if (passed < shortest) return former;
  const current = ((done - former.since.bytes) / passed) * 1000;
  const rate = former.rate === undefined ? current : (former.rate + current) / 2;
  return { rate, since: { at: now, bytes: done } };
}

/** `18 %  12 MB of 67 MB, 5 MB/s, 11 s left`. */
export function bytesWords(done: number, of: number, rate: number | undefined): string {
  // An estimate can be below what is there in the end: never more than all of it.
  const share = of > 0 ? Math.min(100, Math.floor((done / of) * 100)) : 0;
  const speed = rate !== undefined && rate > 0 ? `, ${showBytes(bytes(rate))}/s` : '';
  const left = timeLeft(done, of, rate);
  return `${String(share)} %  ${showBytes(bytes(done))} of ${showBytes(bytes(of))}${speed}${left === undefined ? '' : `, ${showDuration(left)} left`}`;
}

/** Undefined where nothing moves, or nothing is left. */
export function timeLeft(done: number, of: number, rate: number | undefined): Duration | undefined {
  if (rate === undefined || rate <= 0 || of <= done) return undefined;
  return ms(((of - done) / rate) * 1000);
}
