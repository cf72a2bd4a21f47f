// A run in the simulated world: planned, begun, cut where a test wants it, resumed.

import { MemoryLedger, type InWorld, type World, processIn } from '../../../src/drivers/memory.ts';
import type { Interruption, LedgerCut } from '../../../src/drivers/memory.ts';
import { Cut } from '../../../src/drivers/memory.ts';
import type { BoundBook } from '../../../src/engine/book.ts';
import type { End } from '../../../src/engine/end.ts';
import type { EventBody, JournalEvent, RunOptions } from '../../../src/engine/events.ts';
import { readJournal } from '../../../src/engine/journal.ts';
import { liveLook } from '../../../src/engine/live-look.ts';
import { planBook } from '../../../src/engine/plan.ts';
import type { ShownPlan } from '../../../src/engine/planned.ts';
import { type Changes, type Outside, resumeRun, startRun } from '../../../src/engine/run.ts';
import type { Facts } from '../../../src/look/facts.ts';
import type { Look } from '../../../src/look/look.ts';
import type { NodeName, Person } from '../../../src/ports.ts';
import type { ParamValue, Runbook } from '../../../src/runbook/book-types.ts';
import { bound } from './books.ts';

export interface Wanted {
  readonly book: Runbook;
  readonly params?: Readonly<Record<string, ParamValue>>;
  readonly bind?: Readonly<Record<string, string>>;
  /** `--accept-unfenced`. */
  readonly unfenced?: readonly string[];
  readonly options?: Partial<RunOptions>;
}

/** What may befall a process on its way. */
export interface Mishap {
  readonly cut?: LedgerCut;
  readonly interruption?: Interruption;
  /** Ctrl-C as soon as so many events stand in the journal. */
  readonly interruptAfter?: number;
  readonly person?: Person;
  readonly takeOver?: boolean;
  readonly owner?: string;
}

export interface Outcome {
  /** Undefined where the process died. */
  readonly end: End | undefined;
  /** Events that this process wrote, and changing commands that it sent. */
  readonly events: readonly JournalEvent[];
  readonly commands: number;
}

const off: Partial<Facts> = { processes: 0, role: 'down', ready: 'no-response', postmaster: 'none' };

export const toldOf = (names: readonly string[] = []) => names.map(name => ({ on: name as NodeName, facts: off }));

/** A look as a dry run has it. */
export function lookAt(world: World, inWorld: InWorld = processIn(world), unfenced?: readonly string[]): Look {
  const told = new Map(toldOf(unfenced).map(({ on, facts }) => [on, { facts, by: 'alice@desk' }]));
  const { keeping } = inWorld;
  return liveLook(inWorld.site, world.cluster, { started: world.now(), told, ...(keeping && { keeping }) });
}

/** One run, with its journal. */
export class Stage {
  readonly world: World;
  readonly ledger = new MemoryLedger();
  readonly wanted: Wanted;
  readonly run = 'failover-1';
  #book: BoundBook | undefined;
  plan: ShownPlan | undefined;

  constructor(world: World, wanted: Wanted) {
    this.world = world;
    this.wanted = wanted;
  }

  get book(): BoundBook {
    if (!this.#book) throw new Error('nothing is planned yet');
    return this.#book;
  }

  async prepare(): Promise<ShownPlan> {
    const { book, params, bind, unfenced } = this.wanted;
    const look = lookAt(this.world, processIn(this.world), unfenced);
    const cluster = this.world.cluster;
    this.#book = await bound(book, { cluster, look, ...(params && { params }), ...(bind && { bind }) });
    this.plan = await planBook(this.#book, look);
    return this.plan;
  }

  /** `lifeboat run BOOK --yes`, of the plan prepared or of one made now. */
  async start(mishap: Mishap = {}): Promise<Outcome> {
    const plan = this.plan ?? (await this.prepare());
    const options: RunOptions = { yes: true, acceptLoss: null, ...this.wanted.options };
    const told = toldOf(this.wanted.unfenced);
    return this.#watch(mishap, outside =>
      startRun(this.book, { run: this.run, plan, options, told, version: 'test' }, outside),
    );
  }

  /** `lifeboat resume RUN`: with what the journal holds, and nothing that the dead process knew. */
  async resume(mishap: Mishap = {}, changes: Changes = {}): Promise<Outcome> {
    const [first] = readJournal((await this.ledger.lines()).slice(0, 1)).events;
    if (first?.e !== 'run') throw new Error('the journal does not begin with its run');
    const book: BoundBook = { ...this.book, steps: first.steps, roles: first.plan.roles };
    return this.#watch(mishap, outside => resumeRun(book, changes, outside));
  }

  async events(): Promise<readonly JournalEvent[]> {
    return readJournal(await this.ledger.lines()).events;
  }

  async #watch(mishap: Mishap, go: (outside: Outside) => Promise<End>): Promise<Outcome> {
    const { cut, interruption, interruptAfter, person, takeOver = false, owner } = mishap;
    const inWorld = processIn(this.world, {
      ledger: this.ledger,
      cut,
      interruption,
      ...(owner !== undefined && { owner }),
    });
    const stop = new AbortController();
    const events: JournalEvent[] = [];
    const outside: Outside = {
      site: inWorld.site,
      keeping: inWorld.keeping,
      ledger: inWorld.ledger,
      person,
      takeOver,
      stop: stop.signal,
      lastSeen: () => undefined,
      tell: news => {
        if (news.is !== 'event') return;
        events.push(news.event);
        if (events.length === interruptAfter) stop.abort();
      },
    };
    const end = await go(outside).catch((error: unknown) => {
      if (error instanceof Cut) return undefined;
      throw error;
    });
    return { end, events, commands: inWorld.process.commands };
  }
}

/** `fence began`, `promote done`: for messages about a place in a journal. */
export const place = (event: EventBody | undefined): string =>
  event === undefined ? 'nothing' : 'step' in event ? `${event.step} ${event.e}` : event.e;
