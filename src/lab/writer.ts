// The client that proves: sessions that commit numbered rows as an application would, and remember what they were told.

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../drivers/client.ts';
import type { NodeName } from '../ports.ts';
import { instant, ms, type Duration } from '../time.ts';
import type { Lab } from './lab.ts';
import {
  compareLedger,
  type Ledger,
  type Line,
  missing,
  type Range,
  type Sent,
  settled,
  without,
  writtenElsewhere,
} from './ledger.ts';
import { type Acknowledged, type Moment, Stretch } from './stretch.ts';
import { takesWrites, type WriterLink } from './writer-link.ts';
import { numbersOn, rowsOn, type WrittenRow } from './writer-rows.ts';

export interface WriterOptions {
  readonly sessions?: number;
  /** Rows per second of all sessions together, at most. */
  readonly rate?: number;
}

/** Long enough for a busy machine, short enough that a frozen server costs an application little. */
const toAnswer = ms(5000);

export class Writer {
  readonly #lab: Lab;
  readonly #password: string;
  /** What the sessions' names begin with. */
  readonly run = randomBytes(4).toString('hex');
  readonly #interval: number;
  readonly #sessions: WriterSession[];
  readonly #work: Promise<unknown>;
  readonly #acknowledged = new Map<NodeName, Acknowledged>();
  #latest: { readonly node: NodeName; readonly line: string; readonly last: Moment } | undefined;
  #stretch = new Stretch();
  #stopped = false;
  #resting = false;

  constructor(lab: Lab, { sessions = 4, rate = 500 }: WriterOptions = {}) {
    this.#lab = lab;
    this.#password = lab.password();
    this.#interval = (1000 * sessions) / Math.min(rate, 2000);
    this.#sessions = Array.from({ length: sessions }, (_, at) => ({
      session: `${this.run}-${at}`,
      last: 0,
      inHand: false,
      inDoubt: [],
      writtenOff: [],
      givenUp: [],
      lines: [],
    }));
    this.#work = Promise.all(this.#sessions.map(it => this.#write(it)));
  }

  /** Rows acknowledged so far, by all nodes. */
  get acknowledged(): number {
    return [...this.#acknowledged.values()].reduce((sum, { count }) => sum + count, 0);
  }

  /** What this node acknowledged, and when first and last; undefined where nothing. */
  acknowledgedBy(node: NodeName): Acknowledged | undefined {
    return this.#acknowledged.get(node);
  }

  /** What the client saw of a failover: from the last row that `from` acknowledged to the first that `to` did. Negative where both did at once. */
  gap(from: NodeName, to: NodeName): Duration | undefined {
    const last = this.#acknowledged.get(from)?.last;
    const first = this.#acknowledged.get(to)?.first;
    return last && first && ms(first.ticks - last.ticks);
  }

  /** Resolves true once so many rows were acknowledged in all, or, given a node, by that node; false at the deadline. */
  async reached(rows: number, within: Duration, node?: NodeName): Promise<boolean> {
    const deadline = performance.now() + within;
    const seen = () => (node === undefined ? this.acknowledged : (this.#acknowledged.get(node)?.count ?? 0));
    while (seen() < rows) {
      if (performance.now() > deadline) return false;
      await sleep(10);
    }
    return true;
  }

  /** From now on; what the client sees goes into this until the next one begins. */
  stretch(): Stretch {
    this.#stretch = new Stretch(this.#latest);
    return this.#stretch;
  }

  /** Sends nothing more; returns when each statement under way is answered or past its deadline. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#work;
  }

  /** Counts on a node what of all that was acknowledged is there; of no node nothing is. Stop the writer first. */
  async compare(node: NodeName | undefined): Promise<Ledger> {
    const whole = this.#sessions.map(({ session, last, inDoubt, givenUp }) => ({ session, last, inDoubt, givenUp }));
    return compareLedger(whole, await this.numbers(node));
  }

  /** The same while it writes on: of what was acknowledged until now. What is found lost is not looked for again the next time. */
  async prove(node: NodeName | undefined): Promise<Ledger> {
    const sent: readonly Sent[] = this.#sessions.map(it => ({ ...it, inDoubt: [...it.inDoubt] }));
    const present = await this.numbers(node);
    this.#sessions.forEach((own, at) => {
      const then = sent[at];
      const found = present.get(own.session) ?? [];
      if (then === undefined) return;
      own.writtenOff = [...own.writtenOff, ...missing(then, found)].sort((a, b) => a.from - b.from);
      present.set(own.session, settled(found, then, own.last + (own.inHand ? 1 : 0)));
    });
    return compareLedger(sent, present);
  }

  /** What a node has of it all, row by row. */
  rows(node: NodeName): Promise<WrittenRow[]> {
    return rowsOn(this.#lab, node, this.run);
  }

  /** The line that rows were last acknowledged on. */
  get line(): string | undefined {
    return this.#latest?.line;
  }

  /**
   * After a recovery that went back: of what was written on other lines than this one nothing but `kept` is to be there from now
   * on, and all of that, also what a recovery before this one had given up.
   */
  giveUp(line: string | undefined, kept: ReadonlyMap<string, readonly Range[]>): void {
    for (const own of this.#sessions)
      own.givenUp = without(writtenElsewhere(own.lines, own.last, line), kept.get(own.session) ?? []);
  }

  /** Sends nothing until {@link wake}; returns once all that was sent is answered. */
  async rest(): Promise<void> {
    this.#resting = true;
    while (this.#sessions.some(({ inHand }) => inHand)) await sleep(10);
  }

  wake(): void {
    this.#resting = false;
  }

  /** The numbers that a node has of each session; of no node none. */
  async numbers(node: NodeName | undefined): Promise<Map<string, Range[]>> {
    return node === undefined ? new Map() : numbersOn(this.#lab, node, this.run);
  }

  async #write(own: WriterSession): Promise<void> {
    let link: WriterLink | undefined;
    let next = performance.now();
    while (!this.#stopped) {
      if (this.#resting) {
        await sleep(10);
        continue;
      }
      if (link?.session.open !== true) {
        link = await takesWrites(this.#lab, this.#password, () => this.#stopped);
        if (!link) {
          await sleep(50);
          continue;
        }
        if (own.lines.at(-1)?.line !== link.line) own.lines.push({ line: link.line, from: own.last + 1 });
      }
      // Time lost by a slow answer is not made up for by a burst.
      next = Math.max(next + this.#interval, performance.now());
      if (next - performance.now() >= 1) await sleep(next - performance.now());
      if (!link.session.open) continue;
      const n = own.last + 1;
      own.inHand = true;
      const outcome = await link.session.ask(insert, [own.session, n], toAnswer, 'row');
      own.inHand = false;
      const verdict = judge(outcome);
      if (verdict !== 'refused') own.last = n;
      if (verdict === 'acknowledged') this.#count(link);
      if (verdict === 'in doubt') own.inDoubt.push(n);
      // Read-only all of a sudden, or a full disk: the number is free, the row was not written. Look for a better server.
      if (verdict === 'refused') link.session.close();
    }
    link?.session.close();
  }

  #count({ node, line }: WriterLink): void {
    const now = { at: instant(new Date()), ticks: performance.now() };
    const before = this.#acknowledged.get(node);
    this.#acknowledged.set(node, { count: (before?.count ?? 0) + 1, first: before?.first ?? now, last: now });
    this.#stretch.note(node, now);
    this.#latest = { node, line, last: now };
  }
}

interface WriterSession extends Sent {
  last: number;
  /** The number after `last` was sent, and its answer is awaited. */
  inHand: boolean;
  readonly inDoubt: number[];
  writtenOff: readonly Range[];
  givenUp: readonly Range[];
  readonly lines: Line[];
}

/** One statement without BEGIN: its answer is that of the COMMIT. */
const insert = 'insert into lifeboat_drill.ledger (session, n) values ($1, $2)';

/**
 * 01000 and 57P01 are the warnings of a commit whose wait for the standby was cancelled or cut off (syncrep.c): it is there,
 * on this server alone, which is no acknowledgement.
 */
function judge(outcome: Outcome): 'acknowledged' | 'in doubt' | 'refused' {
  if (outcome.is === 'unknown') return 'in doubt';
  if (outcome.is === 'refused') return 'refused';
  return outcome.warnings.some(code => code === '01000' || code === '57P01') ? 'in doubt' : 'acknowledged';
}
