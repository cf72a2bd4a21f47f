// What a client was told against what is there: each row acknowledged is present or lost, and none is there unasked. Pure.

/** Row numbers, both ends included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** What one session of the writer did: it sent 1, 2, 3, … and every number but those in doubt was acknowledged. */
export interface Sent {
  readonly session: string;
  /** The last number that was acknowledged or is in doubt; 0 for none. */
  readonly last: number;
  /** Sent, and no answer; or a COMMIT that came with the warning that the wait for the standby was given up. */
  readonly inDoubt: readonly number[];
}

export interface Ledger {
  readonly acknowledged: number;
  /** Acknowledged rows that are there. */
  readonly present: number;
  /** Acknowledged rows that are not there. */
  readonly lost: number;
  /** Rows that are there and were never sent, or that the server said it had refused. */
  readonly unexpected: number;
  readonly inDoubt: number;
  /** Rows in doubt that are there: both is right for these. */
  readonly inDoubtPresent: number;
  /** The first few of those lost and unexpected, as `session/number`, for whoever looks into it. */
  readonly examples: readonly string[];
}

const exampleCount = 10;

/** `present`: for each session the numbers found, in ascending ranges that do not overlap. */
export function compareLedger(sent: readonly Sent[], present: ReadonlyMap<string, readonly Range[]>): Ledger {
  const strangers = [...present.keys()].filter(session => !sent.some(it => it.session === session));
  const parts = [
    ...sent.map(it => compareSession(it, present.get(it.session) ?? [])),
    ...strangers.map(session => compareSession({ session, last: 0, inDoubt: [] }, present.get(session) ?? [])),
  ];
  const sum = (of: (part: Ledger) => number) => parts.reduce((total, part) => total + of(part), 0);
  return {
    acknowledged: sum(it => it.acknowledged),
    present: sum(it => it.present),
    lost: sum(it => it.lost),
    unexpected: sum(it => it.unexpected),
    inDoubt: sum(it => it.inDoubt),
    inDoubtPresent: sum(it => it.inDoubtPresent),
    examples: parts.flatMap(it => it.examples).slice(0, exampleCount),
  };
}

function compareSession({ session, last, inDoubt }: Sent, ranges: readonly Range[]): Ledger {
  const within = ranges.map(({ from, to }) => ({ from, to: Math.min(to, last) })).filter(({ from, to }) => from <= to);
  const inDoubtPresent = inDoubt.filter(n => within.some(({ from, to }) => from <= n && n <= to)).length;
  const acknowledged = last - inDoubt.length;
  const present = count(within) - inDoubtPresent;
  const lost = acknowledged - present;
  const beyond = ranges
    .map(({ from, to }) => ({ from: Math.max(from, last + 1), to }))
    .filter(({ from, to }) => from <= to);
  const missing = lost === 0 ? [] : gaps(within, last, new Set(inDoubt));
  const examples = [...missing, ...beyond.map(({ from }) => from)].slice(0, exampleCount).map(n => `${session}/${n}`);
  return { acknowledged, present, lost, unexpected: count(beyond), inDoubt: inDoubt.length, inDoubtPresent, examples };
}

const count = (ranges: readonly Range[]): number => ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);

/** The first numbers up to `last` that are in no range and not in doubt. */
function gaps(ranges: readonly Range[], last: number, inDoubt: ReadonlySet<number>): number[] {
  const found: number[] = [];
  let next = 1;
  for (const { from, to } of [...ranges, { from: last + 1, to: last }]) {
    for (; next < from && found.length < exampleCount; next += 1) if (!inDoubt.has(next)) found.push(next);
    next = to + 1;
  }
  return found;
}
