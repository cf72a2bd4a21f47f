// Histories of many places laid over one another: a timeline is known by its number and the whole way that led to it.

import type { NodeName } from '../ports.ts';
import { type Lsn, showLsn } from '../postgres/lsn.ts';
import { type History, parseHistory, type Timeline, timeline } from '../postgres/timeline.ts';
import type { Instant } from '../time.ts';
import { historyIn, timelineOfFile, type WalPlace } from './timeline-places.ts';

/** One branch while the tree is being made. */
export interface Draft {
  readonly timeline: Timeline;
  /** Undefined for a root, and for a branch that no history file tells the origin of. */
  readonly parent: Draft | undefined;
  readonly fork: Lsn | null;
  readonly reason: string | null;
  begun: Instant | null;
  readonly files: Set<string>;
}

/** `node1 archive`. */
export const placeName = ({ on, kind }: Pick<WalPlace, 'on' | 'kind'>): string => `${on} ${kind}`;

/** A number alone tells nothing: after two promotions past each other both call theirs 2. */
export class BranchBook {
  readonly #branches = new Map<string, Draft>();
  readonly #places: readonly WalPlace[];

  constructor(places: readonly WalPlace[]) {
    this.#places = places;
    for (const place of places) {
      for (const { name, text, at } of place.histories) {
        const line = timelineOfFile(name);
        const history = line === undefined ? undefined : parseHistory(text, line);
        if (history) this.#note(history, placeName(place), at);
      }
    }
  }

  get branches(): readonly Draft[] {
    return [...this.#branches.values()];
  }

  /** The branch that a node means by this number: its own history file decides; else the only one there is of that number. */
  of(line: Timeline, node: NodeName): Draft {
    if (line === 1) return this.#root(line);
    const own = this.#places.filter(({ on }) => on === node).sort((a, b) => rank(a) - rank(b));
    const history = own.map(place => historyIn(place, line)).find(it => it !== undefined);
    if (history) return this.#enter(history);
    const [only, ...more] = this.branches.filter(({ timeline: number, parent }) => number === line && parent);
    return only && more.length === 0 ? only : this.#root(line);
  }

  /** Oldest first, the branch itself last. */
  wayTo(draft: Draft): Draft[] {
    return draft.parent === undefined ? [draft] : [...this.wayTo(draft.parent), draft];
  }

  childrenOf(parent: Draft | undefined): Draft[] {
    return this.branches
      .filter(draft => draft.parent === parent)
      .sort((a, b) => a.timeline - b.timeline || Number((a.fork ?? 0n) - (b.fork ?? 0n)));
  }

  /** `2`; with a letter where the number is borne twice. */
  names(): ReadonlyMap<Draft, string> {
    const all = this.branches;
    return new Map(
      all.map(draft => {
        const same = all.filter(({ timeline: number }) => number === draft.timeline);
        const letter = same.length === 1 ? '' : String.fromCodePoint(97 + (same.indexOf(draft) % 26));
        return [draft, `${String(draft.timeline)}${letter}`];
      }),
    );
  }

  #note(history: History, place: string, at: Instant | null): void {
    const draft = this.#enter(history);
    draft.files.add(place);
    if (at !== null && (draft.begun === null || Date.parse(at) < Date.parse(draft.begun))) draft.begun = at;
  }

  /** The branch at the end of this way, and every one that it came over. */
  #enter({ timeline: line, ancestors }: History): Draft {
    let way = '';
    let parent: Draft | undefined;
    let from: History['ancestors'][number] | undefined;
    for (const step of [...ancestors, undefined]) {
      const number = step?.timeline ?? line;
      way = from === undefined ? String(number) : `${way}@${showLsn(from.end)} ${String(number)}`;
      parent = this.#keep(way, { timeline: number, parent, fork: from?.end ?? null, reason: from?.reason ?? null });
      from = step;
    }
    return parent ?? this.#root(timeline(1));
  }

  #root(line: Timeline): Draft {
    return this.#keep(String(line), { timeline: line, parent: undefined, fork: null, reason: null });
  }

  #keep(way: string, found: Omit<Draft, 'begun' | 'files'>): Draft {
    const draft = this.#branches.get(way) ?? { ...found, begun: null, files: new Set() };
    this.#branches.set(way, draft);
    return draft;
  }
}

/** What a server itself reads comes before what was archived. */
const rank = ({ kind }: WalPlace): number => (kind === 'pg_wal' ? 0 : 1);
