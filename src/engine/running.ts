// A run in progress: what all its parts share.

import { kindOf, type Verdict } from '../look/check.ts';
import type { Mark } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import type { NodeName, Person, Site } from '../ports.ts';
import type { Check, StepId } from '../runbook/book-types.ts';
import type { BoundBook } from './book.ts';
import { wordsOf } from './book.ts';
import type { EventBody, JournalEvent, Proof } from './events.ts';
import type { Journal } from './journal.ts';
import type { Progress } from './kinds/kind.ts';
import { liveLook } from './live-look.ts';
import type { RunLock } from './lock.ts';
import { apply, fold, type RunState, stepOf } from './state.ts';

/** What whoever watches a run hears: each event of the journal, and the hands' progress in between. */
export type News =
  | { readonly is: 'event'; readonly event: JournalEvent }
  | { readonly is: 'progress'; readonly step: StepId; readonly n: number; readonly progress: Progress };

export interface Parts {
  readonly book: BoundBook;
  readonly site: Site;
  readonly journal: Journal;
  readonly lock: RunLock;
  readonly person: Person | undefined;
  /** Aborted by the first Ctrl-C: the op in hand is finished, nothing new begins. */
  readonly stop: AbortSignal;
  readonly tell: (news: News) => void;
  readonly lastSeen: Look['lastSeen'];
}

export class Running {
  readonly parts: Parts;
  #state: RunState;

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
    const { site, book, lastSeen } = this.parts;
    const { plan, told } = this.#state;
    const markOf = (step: StepId): Mark | undefined => stepOf(this.#state, step).mark ?? undefined;
    return liveLook(site, book.cluster, { started: plan.started, told, mark: mark ?? undefined, markOf, lastSeen });
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
