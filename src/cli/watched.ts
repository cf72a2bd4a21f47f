// A run under somebody's eyes: live on a terminal, plain lines in a pipe, JSON Lines for a program.

import type { JournalEvent } from '../engine/events.ts';
import type { End } from '../engine/end.ts';
import type { News } from '../engine/running.ts';
import type { Checks } from '../look/check.ts';
import type { Person } from '../ports.ts';
import { JsonLinesWatcher } from '../report/json-lines.ts';
import { PlainWatcher } from '../report/plain.ts';
import type { Watcher } from '../report/watcher.ts';
import { instant } from '../time.ts';
import { type Interrupt, onInterrupt } from './interrupt.ts';
import { person } from './person.ts';
import type { RunDirectory } from './run-directory.ts';
import type { Terminal } from './terminal.ts';

export interface Watched {
  readonly checks: Checks;
  readonly json: boolean;
  /** What the journal held before, where a run is resumed. */
  readonly history: readonly JournalEvent[];
}

interface Outlook {
  readonly stop: AbortSignal;
  readonly tell: (news: News) => void;
  readonly person: Person | undefined;
}

/** Runs `go` and shows what it tells. */
export async function watched(terminal: Terminal, what: Watched, go: (outlook: Outlook) => Promise<End>): Promise<End> {
  const watcher = await watcherFor(terminal, what);
  const interrupt: Interrupt = onInterrupt(text => {
    terminal.err(text);
  });
  const timer = setInterval(() => {
    watcher.tick(instant(new Date()));
  }, 200);
  try {
    const end = await go({
      stop: interrupt.stop,
      person: personBeside(terminal, watcher),
      tell: news => {
        watcher.hear(news);
      },
    });
    watcher.end();
    return end;
  } finally {
    clearInterval(timer);
    watcher.end();
    interrupt.close();
  }
}

async function watcherFor(terminal: Terminal, { checks, json, history }: Watched): Promise<Watcher> {
  const { colour } = terminal;
  const line = (write: (text: string) => void) => (text: string) => {
    write(`${text}\n`);
  };
  if (json)
    return new JsonLinesWatcher(
      line(text => {
        terminal.out(text);
      }),
    );
  if (terminal.interactive) {
    // What measures and redraws lines takes longer to begin than a plan, and nobody is there to see it elsewhere.
    const { LiveWatcher } = await import('../report/live.ts');
    return new LiveWatcher({ checks, colour, stream: process.stderr, history });
  }
  return new PlainWatcher({
    checks,
    colour,
    history,
    write: line(text => {
      terminal.err(text);
    }),
  });
}

/** A question needs the screen for itself. */
function personBeside(terminal: Terminal, watcher: Watcher): Person | undefined {
  const asked = person(terminal);
  if (!asked) return undefined;
  return {
    async ask(question) {
      watcher.pause?.();
      try {
        return await asked.ask(question);
      } finally {
        watcher.resume?.();
      }
    },
  };
}

/** What remains of a run, for whoever wants to know more. */
export function sayWhere(terminal: Terminal, { run, path }: RunDirectory, { exit }: End): void {
  terminal.err(
    exit === 0 ? `\nWhat was done and found: lifeboat report ${run}\n` : `\nThe journal: ${path}/journal.jsonl\n`,
  );
}
