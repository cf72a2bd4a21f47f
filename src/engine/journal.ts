// The journal: append-only lines, each with the hash of the one before.

import { createHash } from 'node:crypto';
import { Fault } from '../faults.ts';
import type { Clock, Ledger } from '../ports.ts';
import type { EventBody, JournalEvent } from './events.ts';
import { decode, encode } from './json.ts';

/** Losing the end of one of these would lose a fact that no look can bring back. */
const durable: ReadonlySet<EventBody['e']> = new Set(['run', 'told', 'step', 'began', 'token', 'answered', 'end']);

/** A step without a mark says nothing that its first op does not say again. */
const isDurable = (body: EventBody): boolean => durable.has(body.e) && !(body.e === 'step' && body.mark === null);

const beginning = '0'.repeat(64);
const hash = (line: string): string => createHash('sha256').update(line).digest('hex');

export class Journal {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #heard: (event: JournalEvent) => void;
  readonly events: JournalEvent[];
  #last: string;

  private constructor(ledger: Ledger, clock: Clock, read: Read, heard: (event: JournalEvent) => void) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#heard = heard;
    this.events = [...read.events];
    this.#last = read.last;
  }

  static async open(
    ledger: Ledger,
    clock: Clock,
    heard: (event: JournalEvent) => void = () => undefined,
  ): Promise<Journal> {
    return new Journal(ledger, clock, readJournal(await ledger.lines()), heard);
  }

  /** Begins are on disk before anything happens; the end of an op is settled by looking where it was lost. */
  async add(body: EventBody): Promise<JournalEvent> {
    const event: JournalEvent = { seq: this.events.length + 1, at: this.#clock.now(), prev: this.#last, ...body };
    const line = encode(event);
    await this.#ledger.append(line, isDurable(body));
    this.#last = hash(line);
    this.events.push(event);
    this.#heard(event);
    return event;
  }
}

interface Read {
  readonly events: readonly JournalEvent[];
  readonly last: string;
}

/** Reads and checks the chain. A torn line is what a crash leaves, at the end or where a resume went on: its event never counted. */
export function readJournal(lines: readonly string[]): Read {
  const events: JournalEvent[] = [];
  let last = beginning;
  for (const [index, line] of lines.entries()) {
    const event = parse(line);
    // Where a whole event is missing, the next one's hash does not fit.
    if (!event) continue;
    if (event.prev !== last || event.seq !== events.length + 1) {
      throw new Fault('invalid', `the journal was changed or is damaged at line ${String(index + 1)}`, {
        hint: 'what ran before can be read with `lifeboat report RUN`; begin anew with `lifeboat run`',
      });
    }
    events.push(event);
    last = hash(line);
  }
  return { events, last };
}

function parse(line: string): JournalEvent | undefined {
  try {
    return decode(line) as JournalEvent;
  } catch {
    return undefined;
  }
}
