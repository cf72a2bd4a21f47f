// The client that proves: sessions that commit numbered rows as an application would, and remember what they were told.

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type Outcome, type Session } from '../drivers/client.ts';
import type { NodeName } from '../ports.ts';
import { instant, ms, type Duration } from '../time.ts';
import type { Lab } from './lab.ts';
import { applicationUser, database, type LabNode } from './layout.ts';
import { compareLedger, type Ledger, missing, type Range, type Sent, settled } from './ledger.ts';
import { type Acknowledged, type Moment, Stretch } from './stretch.ts';

export interface WriterOptions {
  readonly sessions?: number;
  /** Rows per second of all sessions together, at most. */
  readonly rate?: number;
}

// Long enough for a busy machine, short enough that a frozen server costs an application little.
const toConnect = ms(1000);
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
  #latest: { readonly node: NodeName; readonly last: Moment } | undefined;
  #stretch = new Stretch();
  #stopped = false;

  constructor(lab: Lab, { sessions = 4, rate = 1000 }: WriterOptions = {}) {
    this.#lab = lab;
    this.#password = lab.password();
    this.#interval = (1000 * sessions) / Math.min(rate, 2000);
    this.#sessions = Array.from({ length: sessions }, (_, at) => ({
      session: `${this.run}-${at}`,
      last: 0,
      inHand: false,
      inDoubt: [],
      writtenOff: [],
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
    const whole = this.#sessions.map(({ session, last, inDoubt }) => ({ session, last, inDoubt }));
    return compareLedger(whole, await this.#present(node));
  }

  /** The same while it writes on: of what was acknowledged until now. What is found lost is not looked for again the next time. */
  async prove(node: NodeName | undefined): Promise<Ledger> {
    const sent: readonly Sent[] = this.#sessions.map(it => ({ ...it, inDoubt: [...it.inDoubt] }));
    const present = await this.#present(node);
    this.#sessions.forEach((own, at) => {
      const then = sent[at];
      const found = present.get(own.session) ?? [];
      if (then === undefined) return;
      own.writtenOff = [...own.writtenOff, ...missing(then, found)].sort((a, b) => a.from - b.from);
      present.set(own.session, settled(found, then, own.last + (own.inHand ? 1 : 0)));
    });
    return compareLedger(sent, present);
  }

  async #present(node: NodeName | undefined): Promise<Map<string, Range[]>> {
    if (node === undefined) return new Map();
    const text = await this.#lab.psql(
      node,
      // Runs of numbers instead of rows: a long drill writes hundreds of thousands.
      `select session, min(n), max(n)
       from (select session, n, n - row_number() over (partition by session order by n) as run
             from lifeboat_drill.ledger where session like '${this.run}-%') as numbered
       group by session, run order by session, min(n)`,
    );
    const present = new Map<string, Range[]>();
    for (const line of text.split('\n').filter(line => line !== '')) {
      const [session = '', from, to] = line.split('|');
      present.set(session, [...(present.get(session) ?? []), { from: Number(from), to: Number(to) }]);
    }
    return present;
  }

  async #write(own: WriterSession): Promise<void> {
    let link: Link | undefined;
    let next = performance.now();
    while (!this.#stopped) {
      if (link?.session.open !== true) link = await this.#connect();
      if (!link) {
        await sleep(50);
        continue;
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
      if (verdict === 'acknowledged') this.#count(link.node);
      if (verdict === 'in doubt') own.inDoubt.push(n);
      // Read-only all of a sudden, or a full disk: the number is free, the row was not written. Look for a better server.
      if (verdict === 'refused') link.session.close();
    }
    link?.session.close();
  }

  /** Each node in turn, as a connection string with several hosts and target_session_attrs=read-write does. */
  async #connect(): Promise<Link | undefined> {
    for (const node of this.#lab.nodes) {
      if (this.#stopped) return undefined;
      const session = await connect(this.#server(node), toConnect);
      if ('no' in session) continue;
      const asked = await session.ask(
        'select pg_is_in_recovery() or current_setting($1)::bool',
        ['transaction_read_only'],
        toConnect,
      );
      if (asked.is === 'done' && asked.rows[0]?.[0] === 'f') return { node: node.name, session };
      session.close();
    }
    return undefined;
  }

  #server(node: LabNode) {
    const { address: host, port } = node;
    return { host, port, user: applicationUser, database, password: this.#password, application: 'lifeboat writer' };
  }

  #count(node: NodeName): void {
    const now = { at: instant(new Date()), ticks: performance.now() };
    const before = this.#acknowledged.get(node);
    this.#acknowledged.set(node, { count: (before?.count ?? 0) + 1, first: before?.first ?? now, last: now });
    this.#stretch.note(node, now);
    this.#latest = { node, last: now };
  }
}

interface WriterSession extends Sent {
  last: number;
  /** The number after `last` was sent, and its answer is awaited. */
  inHand: boolean;
  readonly inDoubt: number[];
  writtenOff: readonly Range[];
}

interface Link {
  readonly node: NodeName;
  readonly session: Session;
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
