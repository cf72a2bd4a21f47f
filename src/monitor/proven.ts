// Which books are known to work on this cluster: when each last did, how long it took, and what it would take today. Pure.

import { type Bytes, bytes, type Duration, type Instant } from '../time.ts';
import type { Measured } from './measured.ts';
import { predict } from './predict.ts';

export interface ProvenBook {
  /** Its name, or `restore` for the command. */
  readonly book: string;
  readonly at: Instant;
  readonly how: Measured['how'];
  readonly on: string;
  readonly took: Duration;
  /** Of the data that it restored; null where it restored none. */
  readonly size: Bytes | null;
  /** When it failed after that; null: it did not. */
  readonly failed: Instant | null;
  /** With the data of today; null where that is not known. */
  readonly predicted: Duration | null;
}

/** What a restore would bring today, and replay. */
export interface Today {
  readonly size: Bytes;
  readonly replay: Bytes;
}

/** The newest first. @param measured in the order in which it was written */
export function provenBooks(measured: readonly Measured[], today: Today | null): ProvenBook[] {
  const names = [...new Set(measured.map(({ what }) => what))];
  return names
    .flatMap(name => {
      const own = measured.filter(({ what }) => what === name);
      const at = own.findLastIndex(({ ok }) => ok);
      const last = own[at];
      return last === undefined ? [] : [provenBook(last, own.slice(at + 1).at(-1)?.at ?? null, measured, today)];
    })
    .sort((a, b) => (a.at < b.at ? 1 : -1));
}

function provenBook(
  last: Measured,
  failed: Instant | null,
  measured: readonly Measured[],
  today: Today | null,
): ProvenBook {
  const { what, at, how, on, took, size } = last;
  return { book: what, at, how, on, took, size, failed, predicted: predicted(last, measured, today) };
}

/** The same parts again, those that grow with the data grown to what it is today. */
function predicted({ what, on, parts }: Measured, measured: readonly Measured[], today: Today | null): Duration | null {
  const grows = parts.some(({ part }) => part !== 'rest');
  if (parts.length === 0 || (grows && today === null)) return null;
  const size = (part: string): Bytes =>
    today === null ? bytes(0) : part === 'replay' ? today.replay : bytes(today.size + today.replay);
  return predict(
    {
      on,
      book: parts.some(({ part }) => part === 'rest') ? what : null,
      parts: parts.flatMap(({ part }) => (part === 'rest' ? [] : [{ part, bytes: size(part) }])),
    },
    measured,
  ).took;
}
