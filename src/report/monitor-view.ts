// Three ways to show what the monitor sees: a table redrawn in place, a listing, JSON Lines.

import { createLogUpdate } from 'log-update';
import type { Change, Monitor } from '../monitor/monitor.ts';
import type { WatchEvent } from '../monitor/watch-event.ts';
import type { Duration, Instant } from '../time.ts';
import { changeLines, listingLines, type MonitorPage, monitorLines, nextLines } from './monitor-text.ts';
import { jsonText } from './plain-data.ts';

export interface MonitorView {
  hear(event: WatchEvent): void;
  /** After each round, with the changes of it heard. */
  round(monitor: Monitor, at: Instant): void;
  /** Called by the caller's timer, about once a second. */
  tick(now: Instant): void;
  /** Room for a line on stderr, where a table stands in the way. */
  aside(write: () => void): void;
  end(): void;
}

export interface MonitorViewOptions {
  readonly cluster: string;
  readonly interval: Duration;
  readonly typed: string;
  readonly colour: boolean;
}

/** @param write Takes a line, without its line feed. */
export const jsonView = (write: (line: string) => void): MonitorView => ({
  hear: event => write(jsonText(event)),
  round: () => undefined,
  tick: () => undefined,
  aside: say => say(),
  end: () => undefined,
});

/** Nothing is left out: a listing is read by whoever comes later. */
export function listingView(options: MonitorViewOptions, write: (line: string) => void): MonitorView {
  const style = { width: Infinity, colour: options.colour };
  let changes: Change[] = [];
  const tell = (change: Change): void => {
    for (const line of changeLines(change, style)) write(line);
    if (change.e === 'cluster-changed') for (const line of nextLines(change.next, style.width)) write(line);
  };
  return {
    hear(event) {
      if (event.e === 'node-changed' || event.e === 'cluster-changed') changes.push(event);
    },
    round(monitor, at) {
      for (const line of listingLines(monitor, at)) write(line);
      for (const change of changes) tell(change);
      changes = [];
    },
    tick: () => undefined,
    aside: say => say(),
    end: () => undefined,
  };
}

/** How it stands, once. */
export function onceView(options: MonitorViewOptions, width: number, write: (line: string) => void): MonitorView {
  return {
    hear: () => undefined,
    round(monitor, now) {
      const page = { ...options, interval: null, monitor, now, changes: [] };
      for (const line of monitorLines(page, { width, colour: options.colour })) write(line);
    },
    tick: () => undefined,
    aside: say => say(),
    end: () => undefined,
  };
}

/** @param stream a terminal; its size is read at each drawing, for it can change */
export function tableView(options: MonitorViewOptions, stream: NodeJS.WriteStream): MonitorView {
  const screen = createLogUpdate(stream, { showCursor: true });
  let page: MonitorPage | undefined;
  let changes: Change[] = [];
  let over = false;
  const lines = (bounded: boolean): string[] => {
    if (page === undefined) return [];
    // A terminal whose size is not known says 0.
    const width = stream.columns > 0 ? stream.columns : 80;
    const height = stream.rows > 0 ? stream.rows : 24;
    return monitorLines(page, { width, colour: options.colour, ...(bounded && { height }) });
  };
  const draw = (): void => {
    if (!over) screen(lines(true).join('\n'));
  };
  return {
    hear(event) {
      if (event.e === 'node-changed' || event.e === 'cluster-changed') changes = [...changes, event].slice(-100);
    },
    round(monitor, now) {
      page = { ...options, monitor, now, changes };
      draw();
    },
    tick(now) {
      if (page === undefined) return;
      page = { ...page, now };
      draw();
    },
    aside(write) {
      screen.clear();
      write();
      draw();
    },
    end() {
      if (over) return;
      over = true;
      screen.clear();
      stream.write(
        lines(false)
          .map(line => `${line}\n`)
          .join(''),
      );
    },
  };
}
