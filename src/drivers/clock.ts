// The real clock.

import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../ports.ts';
import { instant } from '../time.ts';

export const systemClock: Clock = {
  now: () => instant(new Date()),
  ticks: () => performance.now(),
  async sleep(duration, stop) {
    // Ends early where the caller is stopped; why it woke up is for the caller to see.
    await pause(duration, undefined, stop === undefined ? {} : { signal: stop }).catch(() => undefined);
  },
};
