// The live view on a terminal: redrawn in place while the run goes on, left on the screen when it is over.

import { createLogUpdate } from 'log-update';
import type { JournalEvent } from '../engine/events.ts';
import type { News } from '../engine/running.ts';
import type { Checks } from '../look/check.ts';
import type { Instant } from '../time.ts';
import { hearNews, type LiveState, nothingYet } from './live-state.ts';
import { liveLines } from './live-text.ts';
import type { Watcher } from './watcher.ts';

export interface LiveOptions {
  readonly checks: Checks;
  /** A terminal; its size is read at each drawing, for it can change. */
  readonly stream: NodeJS.WriteStream;
  readonly colour: boolean;
  /** What the journal held before, where a run is resumed. */
  readonly history?: readonly JournalEvent[];
}

export class LiveWatcher implements Watcher {
  readonly #options: LiveOptions;
  readonly #screen: ReturnType<typeof createLogUpdate>;
  #state: LiveState = nothingYet;
  #paused = false;
  #over = false;

  constructor(options: LiveOptions) {
    this.#options = options;
    // The cursor stays: a question may be asked at any time, and a run killed in between must not leave it hidden.
    this.#screen = createLogUpdate(options.stream, { showCursor: true });
    for (const event of options.history ?? []) this.#state = hearNews(this.#state, { is: 'event', event });
  }

  hear(news: News): void {
    this.#state = hearNews(this.#state, news);
    if (news.is === 'event') this.#draw();
  }

  tick(now: Instant): void {
    this.#state = { ...this.#state, now };
    this.#draw();
  }

  /** Takes the view off the screen while a question stands there. */
  pause(): void {
    this.#screen.clear();
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#draw();
  }

  /** All of it, however long: what scrolled by can be read again. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#screen.clear();
    const lines = this.#lines(false);
    if (lines.length > 0) this.#options.stream.write(`${lines.join('\n')}\n`);
  }

  #draw(): void {
    if (!this.#paused && !this.#over) this.#screen(this.#lines(true).join('\n'));
  }

  #lines(bounded: boolean): string[] {
    const { stream, colour, checks } = this.#options;
    // A terminal whose size is not known says 0.
    const width = stream.columns > 0 ? stream.columns : 80;
    const height = stream.rows > 0 ? stream.rows : 24;
    return liveLines(this.#state, checks, { width, colour, ...(bounded && { height }) });
  }
}
