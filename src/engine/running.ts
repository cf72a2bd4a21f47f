// A run in progress: what all its parts share.

import { kindOf, type Verdict } from '../look/check.ts';
import type { Fact, Mark } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import type { ReadyOp } from '../ops.ts';
import type { NodeName, Person, Site } from '../ports.ts';
import type { Keeping } from '../repo/keeping.ts';
import type { Check, StepId } from '../runbook/book-types.ts';
import { seconds } from '../time.ts';
import type { BoundBook } from './book.ts';
import { wordsOf } from './book.ts';
import type { EventBody, JournalEvent, Proof } from './events.ts';
import { altered } from './forecast.ts';
import type { Journal } from './journal.ts';
import type { Progress } from './kinds/kind.ts';
import { liveLook, patience } from './live-look.ts';
import type { RunLock } from './lock.ts';
import { askedOnce, type Moment } from './one-moment.ts';
import { apply, fold, type RunState, stepOf } from './state.ts';

/** What whoever watches a run hears: each event of the journal, and the hands' progress in between. */
export type News =
  | { readonly is: 'event'; readonly event: JournalEvent }
  | { readonly is: 'progress'; readonly step: StepId; readonly n: number; readonly progress: Progress };

export interface Parts {
  readonly book: BoundBook;
  readonly site: Site;
  /** The repository of the cluster, where it has one. */
  readonly keeping?: Keeping | undefined;
  readonly journal: Journal;
  readonly lock: RunLock;
  readonly person: Person | undefined;
  /** Aborted by the first Ctrl-C: the op in hand is finished, nothing new begins. */
  readonly stop: AbortSignal;
  readonly tell: (news: News) => void;
  readonly lastSeen: Look['lastSeen'];
}

/** Longer than the journal's fsync takes, and nothing that a person would call a while. */
const stillFor = seconds(1);

/** Facts of a node that make no difference to what is seen of another one. */
const ownAffairs: ReadonlySet<Fact> = new Set(['fence', 'restoreCommand']);

/** Not so a program that alters no fact: nobody knows what it does elsewhere. */
function isOwnAffair(op: ReadyOp): boolean {
  const facts = altered(op);
  return facts.length > 0 && facts.every(fact => ownAffairs.has(fact));
}

export class Running {
  readonly parts: Parts;
  #state: RunState;
  #seen: { readonly site: Moment; readonly at: number } | undefined;

  constructor(parts: Parts) {
    this.parts = parts;
    this.#state = fold(parts.journal.events);
  }

  get state(): RunState {
    return this.#state;
  }

  async add(body: EventBody): Promise<void> {
    const event = await this.parts.journal.add(body);
    this.#state = apply(this.#state, event);
  }

  /** A look at this moment, with what the operator told and the mark of a step. */
  look(mark?: Mark | null): Look {
    return this.#lookAt(this.moment(), mark);
  }

  /** A look at the {@link lastMoment}. */
  still(mark?: Mark | null): Look {
    return this.#lookAt(this.lastMoment(), mark);
  }

  /**
   * The moment of the last look, where nothing was done since and it is not long ago; else this one. A survey is several
   * programs on each host, and the end of one op, of its step and the beginning of the next ask for the same.
   */
  lastMoment(): Site {
    const { clock } = this.parts.site;
    const seen = this.#seen;
    return seen && clock.ticks() - seen.at < stillFor ? seen.site : this.moment();
  }

  /** The world from now on, each node asked the same thing once; {@link still} looks at the same until something is done. */
  moment(): Site {
    const { site } = this.parts;
    const once = askedOnce(site);
    this.#seen = { site: once, at: site.clock.ticks() };
    return once;
  }

  /** Begins to survey all nodes at this moment: whatever {@link still} is asked next is on its way. */
  lookAround(): void {
    const now = this.moment();
    // A bug in there is told to whoever asks next.
    for (const on of this.nodes)
      now
        .host(on)
        .survey(patience)
        .catch(() => undefined);
  }

  /** What was seen until now is no longer to be relied on: of its own node, where the op changes nothing that is seen elsewhere. */
  acted(op?: ReadyOp): void {
    if (op !== undefined && op.on !== 'here' && isOwnAffair(op)) this.#seen?.site.forget(op.on);
    else this.#seen = undefined;
  }

  #lookAt(site: Site, mark: Mark | null | undefined): Look {
    const { book, keeping, lastSeen } = this.parts;
    const { plan, told } = this.#state;
    const markOf = (step: StepId): Mark | undefined => stepOf(this.#state, step).mark ?? undefined;
    const common = { started: plan.started, told, mark: mark ?? undefined, markOf, lastSeen };
    return liveLook(site, book.cluster, { ...common, ...(keeping && { keeping }) });
  }

  async verdict(check: Check, look: Look): Promise<Verdict> {
    return kindOf(this.parts.book.checks, check).test(check.on, check.with, look);
  }

  async prove(checks: readonly Check[], look: Look): Promise<Proof[]> {
    return Promise.all(
      checks.map(async check => ({
        check,
        words: wordsOf(this.parts.book.checks, check),
        verdict: await this.verdict(check, look),
      })),
    );
  }

  get nodes(): readonly NodeName[] {
    return this.parts.book.cluster.nodes.map(({ name }) => name);
  }
}

/** Absent counts: a log that cannot show the line leaves it to the facts. */
export const holds = ({ verdict }: Proof): boolean => verdict.is === 'holds' || verdict.is === 'absent';

/** `found no-response, expected accepting`. */
export function complaint({ words, verdict }: Proof): string {
  switch (verdict.is) {
    case 'fails':
      return `${words}: expected ${verdict.expected}, found ${verdict.found}`;
    case 'silent':
      return `${words}: ${verdict.why}`;
    case 'later':
      return `${words}: not known before ${verdict.after}`;
    default:
      return words;
  }
}
