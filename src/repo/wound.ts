// An object that is not what was put there, or is not there at all, and what hangs on it.

import type { Lsn } from '../postgres/lsn.ts';
import type { Timeline } from '../postgres/timeline.ts';
import type { BackupId } from './layout.ts';
import type { StoreName } from './store.ts';

export interface Wound {
  readonly object: StoreName;
  /** A fact: `the hash does not fit: bytes were changed, or belong elsewhere`. */
  readonly what: string;
  readonly missing: boolean;
  readonly harm: Harm;
}

export type Harm =
  /** Of a pack these bytes: whatever lies in them, and whatever builds on that. */
  | { readonly is: 'pack'; readonly spans: readonly ByteSpan[] }
  /** The backup's own summary, list of files or manifest. */
  | { readonly is: 'backup'; readonly id: BackupId }
  /** Whole segments, by name. */
  | { readonly is: 'segments'; readonly names: readonly string[] }
  /** The unfinished segment of this name can be read up to here. */
  | { readonly is: 'partial'; readonly name: string; readonly end: Lsn }
  | { readonly is: 'history'; readonly timeline: Timeline }
  /** Whose cluster it is: nobody reads or writes anything without it. */
  | { readonly is: 'cluster' }
  /** Nothing is lost with it. `orphan`: for it belongs to no backup. */
  | { readonly is: 'nothing'; readonly why: string; readonly orphan?: boolean };

/** From here to before there. */
export interface ByteSpan {
  readonly from: number;
  readonly to: number;
}

/** With one more span; those that touch are one. */
export function withSpan(spans: readonly ByteSpan[], { from, to }: ByteSpan): ByteSpan[] {
  const apart = spans.filter(span => span.to < from || span.from > to);
  const touching = spans.filter(span => !apart.includes(span));
  const joined = {
    from: Math.min(from, ...touching.map(span => span.from)),
    to: Math.max(to, ...touching.map(span => span.to)),
  };
  return [...apart, joined].sort((a, b) => a.from - b.from);
}

export const touches = (spans: readonly ByteSpan[] | undefined, from: number, length: number): boolean =>
  spans?.some(span => span.from < from + length && from < span.to) ?? false;

/** What was found, one for each object. */
export class Wounds {
  readonly #found = new Map<StoreName, Wound>();
  readonly #tell: (wound: Wound) => void;

  constructor(tell: (wound: Wound) => void) {
    this.#tell = tell;
  }

  get all(): Wound[] {
    return [...this.#found.values()].sort((a, b) => (a.object < b.object ? -1 : 1));
  }

  has(object: StoreName): boolean {
    return this.#found.has(object);
  }

  /** The first one of an object counts, but for the bytes of a pack. */
  add(wound: Wound): void {
    const before = this.#found.get(wound.object);
    if (before === undefined) {
      this.#found.set(wound.object, wound);
      this.#tell(wound);
    } else if (before.harm.is === 'pack' && wound.harm.is === 'pack') {
      const spans = wound.harm.spans.reduce<readonly ByteSpan[]>(withSpan, before.harm.spans);
      this.#found.set(wound.object, { ...before, harm: { is: 'pack', spans } });
    }
  }
}
