// Events as JSON Lines, for programs that watch a run: one object a line, LSNs as text.

import type { News } from '../engine/running.ts';
import { between, type Instant } from '../time.ts';
import { jsonText } from './plain-data.ts';
import type { Watcher } from './watcher.ts';

/**
 * Each event of the journal as it is, and `{ "e": "progress", at, step, n, progress }` in between, for one op at most once a
 * second: progress is for showing, and no line of it is kept.
 *
 * @param write Takes a line, without its line feed.
 */
export class JsonLinesWatcher implements Watcher {
  readonly #write: (line: string) => void;
  #now: Instant | undefined;
  #said: { readonly key: string; readonly at: Instant } | undefined;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  hear(news: News): void {
    if (news.is === 'event') {
      this.#now = news.event.at;
      this.#write(jsonText(news.event));
      return;
    }
    const { step, n, progress } = news;
    const at = this.#now;
    if (at === undefined) return;
    const key = `${step} ${String(n)} ${progress.is}`;
    if (this.#said?.key === key && between(this.#said.at, at) < 1000) return;
    this.#said = { key, at };
    this.#write(jsonText({ e: 'progress', at, step, n, progress }));
  }

  tick(now: Instant): void {
    this.#now = now;
  }

  end(): void {
    this.#said = undefined;
  }
}
