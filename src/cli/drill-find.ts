// Looks for the mistake as an operator would: with `lifeboat wal find`, which knows nothing of the drill.

import { run } from '../drivers/process.ts';
import { Fault } from '../faults.ts';
import type { Target } from '../runbook/drill-types.ts';
import { type Duration, type Instant, ms, seconds } from '../time.ts';
import { program } from './books.ts';
import type { Terminal } from './terminal.ts';

export interface FoundTransaction {
  readonly xid: string;
  readonly time: Instant;
  /** Where the record of its commit begins. */
  readonly lsn: string;
  /** As printed behind `lifeboat run pitr`: `{ to_xid: '742', exclusive: 'true' }`. */
  readonly params: Readonly<Record<string, string>>;
}

export interface Found {
  readonly took: Duration;
  /** Oldest first. */
  readonly transactions: readonly FoundTransaction[];
}

/** What of its JSON is read here. */
interface Printed {
  readonly transactions: readonly {
    readonly xid: number;
    readonly time: Instant;
    readonly lsn: string;
    readonly target: { readonly book: readonly string[] };
  }[];
}

export async function find(terminal: Terminal, inventory: string, what: NonNullable<Target['find']>): Promise<Found> {
  const options = Object.entries(what).flatMap(([name, value]) => [`--${name}`, value]);
  const argv = [...program(), 'wal', 'find', '--inventory', inventory, '--json', ...options];
  const began = performance.now();
  const env = { XDG_STATE_HOME: terminal.env['XDG_STATE_HOME'] ?? '' };
  const ended = await run(argv, { env, within: seconds(120) });
  const took = ms(performance.now() - began);
  if (ended.code !== 0) throw new Fault('failed', `lifeboat wal find: ${ended.stderr.trim() || ended.how}`);
  const { transactions } = JSON.parse(ended.stdout) as Printed;
  return {
    took,
    transactions: transactions.map(({ xid, time, lsn, target }) => ({
      xid: String(xid),
      time,
      lsn,
      params: paramsIn(target.book),
    })),
  };
}

/** `-p NAME=VALUE` of a command line. */
const paramsIn = (words: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    words.flatMap((word, at) => {
      const [, name, value] = (words[at - 1] === '-p' ? /^([a-z_]+)=(.*)$/s.exec(word) : null) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    }),
  );
