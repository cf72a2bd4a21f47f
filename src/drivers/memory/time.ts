// Time that stands still while anything is left to do, and then jumps to the next moment that somebody waits for.

import type { Clock } from '../../ports.ts';
import { type Duration, type Instant, instant } from '../../time.ts';

/** Who waits: what belongs to a process that died is never woken again. `world`: goes on whatever dies. */
export type Sleeper = object;
export const world: Sleeper = {};

interface Waiting {
  readonly at: number;
  readonly order: number;
  readonly who: Sleeper;
  readonly wake: () => void;
}

/** Longer than any run: a loop that nobody ends (a heartbeat of a process left behind) stops here instead of spinning for ever. */
const horizon = 7 * 86_400_000;

export class MemoryTime {
  readonly #begin: number;
  /** Told each time by how much time moves on, before anybody is woken. */
  readonly #passed: (by: Duration) => void;
  #waiting: Waiting[] = [];
  #ticks = 0;
  #order = 0;
  #turning = false;

  constructor(begin: Instant, passed: (by: Duration) => void) {
    this.#begin = Date.parse(begin);
    this.#passed = passed;
  }

  ticks(): number {
    return this.#ticks;
  }

  now(): Instant {
    return instant(new Date(this.#begin + this.#ticks));
  }

  /** Resolves when so much time has passed; rejects where `stop` is aborted first. */
  sleep(duration: number, who: Sleeper = world, stop?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiting = this.#waiting.filter(one => one !== waiting);
        reject(new Error('the sleep was ended'));
      };
      const wake = (): void => {
        stop?.removeEventListener('abort', abort);
        resolve();
      };
      this.#order += 1;
      const waiting = { at: this.#ticks + Math.max(0, duration), order: this.#order, who, wake };
      if (stop?.aborted) {
        reject(new Error('the sleep was ended'));
        return;
      }
      stop?.addEventListener('abort', abort, { once: true });
      this.#waiting.push(waiting);
      this.#turn();
    });
  }

  /** Nobody of these is woken any more. */
  forget(who: Sleeper): void {
    this.#waiting = this.#waiting.filter(one => one.who !== who);
  }

  clock(who: Sleeper): Clock {
    return {
      now: () => this.now(),
      ticks: () => this.#ticks,
      sleep: (duration, stop) => this.sleep(duration, who, stop),
    };
  }

  /** Once every promise in hand is settled, and not before: so nothing that needs no time is overtaken. */
  #turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    setImmediate(() => {
      this.#turning = false;
      const next = this.#waiting.reduce<Waiting | undefined>(
        (first, one) =>
          first && (first.at < one.at || (first.at === one.at && first.order < one.order)) ? first : one,
        undefined,
      );
      if (!next || next.at > horizon) return;
      this.#waiting = this.#waiting.filter(one => one !== next);
      const by = next.at - this.#ticks;
      this.#ticks = next.at;
      if (by > 0) this.#passed(by as Duration);
      next.wake();
      if (this.#waiting.length > 0) this.#turn();
    });
  }
}
