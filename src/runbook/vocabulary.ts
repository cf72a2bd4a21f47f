// The words that parameters are declared with: typebox schemas whose `x-…` marks tell how the text of a file becomes a value.

import { Type, type TUnsafe } from 'typebox';
import type { NodeName } from '../ports.ts';
import type { Lsn } from '../postgres/lsn.ts';
import type { Bytes, Duration, Instant } from '../time.ts';
import type { Check, Hole, StepId } from './book-types.ts';

/** How a marked value is read: what stands in the file on the left, what the code gets on the right. */
export interface Decoded {
  duration: Duration;
  bytes: Bytes;
  lsn: Lsn;
  timestamp: Instant;
  /** The name of a role, or of a node of the cluster; bound to a node. */
  node: NodeName;
  /** A mapping `{ check: NAME, on: ROLE, … }`. */
  check: Check;
  /** The id of an earlier step of the same book; the path of that step in the list of a run. */
  step: StepId;
  /** Text that may hold a value known only after an earlier step. */
  text: string | Hole;
}
export type Mark = keyof Decoded;

interface Options<T> {
  readonly description?: string;
  readonly default?: T;
}

const durationPattern = '^(\\d+(\\.\\d+)?(ms|s|min|h|d))+$';
const bytesPattern = '^\\d+(\\.\\d+)? ?(B|kB|MB|GB|TB)$';
const lsnPattern = '^[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}$';

function marked<M extends Mark>(mark: M, json: object, options: Options<unknown>): TUnsafe<Decoded[M]> {
  return Type.Unsafe<Decoded[M]>({ ...json, ...options, 'x-lifeboat': mark });
}

/** `30s`, `1h30min`. A default is given as it stands in a file. */
export const duration = (options: Options<string> = {}): TUnsafe<Duration> =>
  marked('duration', { type: 'string', pattern: durationPattern }, options);
export const size = (options: Options<string> = {}): TUnsafe<Bytes> =>
  marked('bytes', { type: 'string', pattern: bytesPattern }, options);
export const lsn = (options: Options<string> = {}): TUnsafe<Lsn> =>
  marked('lsn', { type: 'string', pattern: lsnPattern }, options);
export const timestamp = (options: Options<string> = {}): TUnsafe<Instant> =>
  marked('timestamp', { type: 'string' }, options);
export const node = (options: Options<string> = {}): TUnsafe<NodeName> => marked('node', { type: 'string' }, options);
export const check = (options: Options<never> = {}): TUnsafe<Check> => marked('check', { type: 'object' }, options);
export const step = (options: Options<never> = {}): TUnsafe<StepId> => marked('step', { type: 'string' }, options);
/** Free text, where a value known only after an earlier step may stand. */
export const text = (options: Options<string> = {}): TUnsafe<string | Hole> =>
  marked('text', { type: 'string' }, options);

/** One of a few words. */
export function word<const W extends readonly string[]>(
  words: W,
  options: Options<W[number]> = {},
): TUnsafe<W[number]> {
  return Type.Unsafe<W[number]>({ type: 'string', enum: [...words], ...options });
}
