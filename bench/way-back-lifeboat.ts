// Lifeboat's way back to before a mistake: `wal find`, and `run pitr` with the target that it printed, split by the run's journal.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Background, run } from '../src/drivers/process.ts';
import type { JournalEvent } from '../src/engine/events.ts';
import type { Lab, LabNode } from '../src/lab/lab.ts';
import { startReceiver } from '../src/lab/receiver.ts';
import { between, instant, type Instant, seconds } from '../src/time.ts';
import { timed, type Took } from './parts.ts';

const program = [process.execPath, fileURLToPath(new URL('../../bin/lifeboat.js', import.meta.url))];

/** A query on the data, and the value that it must give. */
export interface Proof {
  readonly query: string;
  readonly value: string;
}

export class LifeboatWay {
  readonly #lab: Lab;
  #receiver: Background | undefined;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  async backUp(from: LabNode): Promise<void> {
    await this.#run('backup', '--from', from.name, '--checkpoint', 'fast');
    await this.receive();
  }

  async receive(): Promise<void> {
    this.#receiver = await startReceiver(this.#lab, program, this.#lab.user.as);
  }

  /** Once the servers are down, and all that they wrote has come. */
  async rest(): Promise<void> {
    this.#receiver?.kill('SIGINT');
    await this.#receiver?.ended;
  }

  /** `afterwards`: milliseconds that it went on for when the primary was proven, to build the standby anew. */
  async back(table: string, { query, value }: Proof): Promise<{ readonly took: Took; readonly afterwards: number }> {
    const [find, target] = await timed(() => this.#find(table));
    const began = instant(new Date());
    const asked = ['-p', `check=${query}`, '-p', `expect=${value}`, '--yes', '--accept-loss', 'unknown', '--json'];
    const out = await this.#run('run', 'pitr', ...target, ...asked);
    const events = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as JournalEvent);
    return splitBy(events, began, find);
  }

  /** As printed behind `lifeboat run pitr`. */
  async #find(table: string): Promise<readonly string[]> {
    const out = await this.#run('wal', 'find', '--table', table, '--op', 'truncate', '--json');
    const { transactions } = JSON.parse(out) as { transactions: { target: { book: readonly string[] } }[] };
    const book = transactions.at(-1)?.target.book;
    if (book === undefined) throw new Error(`lifeboat wal find does not find the TRUNCATE of ${table}`);
    return book.slice(book.indexOf('-p'));
  }

  async #run(...words: readonly string[]): Promise<string> {
    const { directory, inventoryFile, user } = this.#lab;
    const env = {
      LIFEBOAT_INVENTORY: inventoryFile,
      XDG_STATE_HOME: join(directory, 'state'),
      // Where a machine names certificates of its own, Node reads all of them at every start: 80 ms that a database host does not have.
      NODE_EXTRA_CA_CERTS: '',
    };
    const { code, how, stdout, stderr } = await run([...program, ...words], {
      as: user.as,
      env,
      within: seconds(3600),
    });
    if (code === 0) return stdout;
    throw new Error(`lifeboat ${words.join(' ')}: ${how}\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
  }
}

function splitBy(events: readonly JournalEvent[], began: Instant, find: number): { took: Took; afterwards: number } {
  const at = (e: 'step' | 'done', step: string): Instant => {
    const found = events.find(event => event.e === e && 'step' in event && event.step === step);
    if (found === undefined) throw new Error(`the run's journal has no ${e} of ${step}`);
    return found.at;
  };
  const stopping = at('step', 'stop-primary');
  const [stopped, restored, recovered, proven] = [
    at('done', 'fence-standby'),
    at('done', 'restore'),
    at('done', 'recover'),
    at('done', 'prove'),
  ];
  return {
    took: {
      find,
      plan: between(began, stopping),
      stop: between(stopping, stopped),
      restore: between(stopped, restored),
      replay: between(restored, recovered),
      prove: between(recovered, proven),
    },
    afterwards: between(proven, events.at(-1)?.at ?? proven),
  };
}
