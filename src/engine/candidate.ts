// Which standby is to become the primary: what speaks for one against another, in order, and in words.

import type { NodeName } from '../ports.ts';
import { type Bytes, bytes, type Duration, showBytes, showDuration } from '../time.ts';

export interface Candidate {
  readonly name: NodeName;
  readonly timeline: number;
  readonly paused: boolean;
  /** It replays so much later on purpose: promoted, it would first have to catch up with itself. */
  readonly delay: Duration;
  /** WAL that another candidate has received and it has not. */
  readonly behind: Bytes;
  /** As the inventory has it: the higher is preferred between equals, 0 is never chosen. */
  readonly priority: number;
  /** It streams from another standby. */
  readonly cascaded: boolean;
}

export interface Choice {
  readonly node: NodeName;
  /** Why not each of the others; undefined where there is none. */
  readonly why: string | undefined;
}

/** Negative where `a` goes first; `why` says of `b`, the one behind, what puts it there. */
interface Rule {
  readonly order: (a: Candidate, b: Candidate) => number;
  readonly why: (best: Candidate, other: Candidate) => string;
}

const rules: readonly Rule[] = [
  {
    order: (a, b) => b.timeline - a.timeline,
    why: (best, other) => `${other.name} is on timeline ${String(other.timeline)}, not ${String(best.timeline)}`,
  },
  {
    order: (a, b) => Number(a.paused) - Number(b.paused),
    why: (_best, other) => `replay is paused on ${other.name}`,
  },
  {
    order: (a, b) => Number(a.delay > 0) - Number(b.delay > 0),
    why: (_best, other) => `${other.name} replays ${showDuration(other.delay)} late on purpose`,
  },
  {
    order: (a, b) => a.behind - b.behind,
    why: (best, other) => `received ${showBytes(bytes(other.behind - best.behind))} more than ${other.name}`,
  },
  {
    order: (a, b) => b.priority - a.priority,
    why: (best, other) => `priority ${String(best.priority)}, ${other.name} has ${String(other.priority)}`,
  },
  {
    order: (a, b) => Number(a.cascaded) - Number(b.cascaded),
    why: (_best, other) => `${other.name} streams from another standby`,
  },
];

/** The best of those in the inventory's order, which decides between equals; undefined where none may be chosen. */
export function choose(candidates: readonly Candidate[]): Choice | undefined {
  const [best, ...others] = candidates
    .filter(({ priority }) => priority > 0)
    .sort((a, b) => ruleBetween(a, b)?.order(a, b) ?? 0);
  if (best === undefined) return undefined;
  const never = candidates.filter(({ priority }) => priority === 0);
  const reasons = [
    ...others.map(other => ruleBetween(best, other)?.why(best, other) ?? `before ${other.name} in the inventory`),
    ...never.map(({ name }) => `${name} has priority 0`),
  ];
  return { node: best.name, why: reasons.length === 0 ? undefined : reasons.join('; ') };
}

const ruleBetween = (a: Candidate, b: Candidate): Rule | undefined => rules.find(({ order }) => order(a, b) !== 0);
