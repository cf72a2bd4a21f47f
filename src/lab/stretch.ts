// A stretch of a drill as the client saw it: who acknowledged when, and for how long nobody did. Pure.

import type { NodeName } from '../ports.ts';
import type { Instant } from '../time.ts';

/** A moment on both clocks: `ticks` of performance.now(), which never goes back. */
export interface Moment {
  readonly at: Instant;
  readonly ticks: number;
}

/** What one node acknowledged. */
export interface Acknowledged {
  readonly count: number;
  readonly first: Moment;
  readonly last: Moment;
}

/** The last acknowledgement before the client had to wait, and the first one after that. */
export interface Gap {
  readonly last: Moment | undefined;
  readonly first: Moment | undefined;
}

export class Stretch {
  readonly #by = new Map<NodeName, Acknowledged>();
  readonly #before: { readonly node: NodeName; readonly last: Moment } | undefined;
  #latest: Moment | undefined;
  #longest: Gap = { last: undefined, first: undefined };

  /** `before`: the last acknowledgement before it begins, for it may begin with silence. */
  constructor(before?: { readonly node: NodeName; readonly last: Moment }) {
    this.#before = before;
    this.#latest = before?.last;
  }

  note(node: NodeName, now: Moment): void {
    const known = this.#by.get(node);
    this.#by.set(node, { count: (known?.count ?? 0) + 1, first: known?.first ?? now, last: now });
    if (this.#latest && now.ticks - this.#latest.ticks > lengthOf(this.#longest))
      this.#longest = { last: this.#latest, first: now };
    this.#latest = now;
  }

  /** Undefined where it acknowledged nothing. */
  by(node: NodeName): Acknowledged | undefined {
    return this.#by.get(node);
  }

  /** From the last row that `from` acknowledged to the first that `to` did; of one and the same node the longest pause. Ends before it begins where both acknowledged at once. */
  gap(from: NodeName, to: NodeName): Gap {
    if (from === to) return this.#longest;
    const earlier = this.#before?.node === from ? this.#before.last : undefined;
    return { last: this.by(from)?.last ?? earlier, first: this.by(to)?.first };
  }
}

const lengthOf = ({ last, first }: Gap): number => (last && first ? first.ticks - last.ticks : 0);
