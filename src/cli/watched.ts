// A run under somebody's eyes: live on a terminal, plain lines in a pipe, JSON Lines for a program.

import type { End } from '../engine/end.ts';
import type { ShownPlan } from '../engine/planned.ts';
import type { News } from '../engine/running.ts';
import type { Checks } from '../look/check.ts';
import { jsonLines } from '../report/json-lines.ts';
import { liveWatcher } from '../report/live.ts';
import { plainWatcher } from '../report/plain.ts';
import type { Watcher } from '../report/watcher.ts';
import { instant } from '../time.ts';
import { type Interrupt, onInterrupt } from './interrupt.ts';
import type { RunDirectory } from './run-directory.ts';
import type { Terminal } from './terminal.ts';

export interface Watched {
  readonly plan: ShownPlan;
  readonly directory: RunDirectory;
  readonly checks: Checks;
  readonly json: boolean;
}

interface Outlook {
  readonly stop: AbortSignal;
  readonly tell: (news: News) => void;
}

/** Runs `go`, shows what it tells, and says at the end how it went and what to type next. */
export async function watched(terminal: Terminal, what: Watched, go: (outlook: Outlook) => Promise<End>): Promise<End> {
  const watcher = watcherFor(terminal, what);
  const interrupt: Interrupt = onInterrupt(text => {
    terminal.err(text);
  });
  const timer = setInterval(() => {
    watcher.tick(instant(new Date()));
  }, 200);
  try {
    const end = await go({
      stop: interrupt.stop,
      tell: news => {
        watcher.hear(news);
      },
    });
    watcher.end();
    if (!what.json) terminal.err(closing(what.directory, end));
    return end;
  } finally {
    clearInterval(timer);
    watcher.end();
    interrupt.close();
  }
}

function watcherFor(terminal: Terminal, { plan, checks, json }: Watched): Watcher {
  if (json)
    return jsonLines(text => {
      terminal.out(text);
    });
  if (terminal.interactive)
    return liveWatcher({ plan, checks, width: terminal.width, colour: terminal.colour, stream: process.stderr });
  return plainWatcher({
    plan,
    checks,
    write: text => {
      terminal.err(text);
    },
  });
}

function closing({ run, path }: RunDirectory, { exit, why, hint }: End): string {
  if (exit === 0) return `\n${why}. What was done and found: lifeboat report ${run}\n`;
  const next = hint === null ? '' : `\nHINT: ${hint.replaceAll('\n', '\n      ')}`;
  return `\nlifeboat: ${why} (exit ${String(exit)})${next}\njournal: ${path}/journal.jsonl\n`;
}
