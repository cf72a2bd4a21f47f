// Whoever watches a run: hears its news, is told the time, and is told when it is over.

import type { News } from '../engine/running.ts';
import type { Instant } from '../time.ts';

export interface Watcher {
  hear(news: News): void;
  /** Called by the caller's timer, a few times a second. */
  tick(now: Instant): void;
  end(): void;
  /** Where it holds the screen, which a question needs for itself. */
  pause?(): void;
  resume?(): void;
}
