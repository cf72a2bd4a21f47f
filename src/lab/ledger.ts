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
  /** Found lost before, and not to be counted again: lost once, a row must not come back either. Ascending. */
  readonly writtenOff?: readonly Range[];
  /** Written after the target of a recovery, and given up with it on purpose: none of them may be there. Ascending. */
  readonly givenUp?: readonly Range[];
}

/** From this number on a session wrote on this line, up to its next one. */
export interface Line {
  /** A timeline of a system: a server takes another one only with all its sessions ended. */
  readonly line: string;
  readonly from: number;
}

export interface Ledger {
  readonly acknowledged: number;
  /** Acknowledged rows that are there. */
  readonly present: number;
  /** Acknowledged rows that are not there and ought to be. */
  readonly lost: number;
  /** Acknowledged rows that ought not to be there, for a recovery went back behind them. */
  readonly givenUp: number;
  /** Rows that are there and were never sent, or that the server said it had refused, or that were lost or given up before. */
  readonly unexpected: number;
  readonly inDoubt: number;
  /** Rows in doubt that are there: both is right for these. */
  readonly inDoubtPresent: number;
  /** The first few of those lost and unexpected, as `session/number`, for whoever looks into it. */
  readonly examples: readonly string[];
}

const exampleCount = 10;

/** Ascending ranges that do not overlap. */
type Ranges = readonly Range[];

/** `present`: for each session the numbers found. */
export function compareLedger(sent: readonly Sent[], present: ReadonlyMap<string, Ranges>): Ledger {
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
    givenUp: sum(it => it.givenUp),
    unexpected: sum(it => it.unexpected),
    inDoubt: sum(it => it.inDoubt),
    inDoubtPresent: sum(it => it.inDoubtPresent),
    examples: parts.flatMap(it => it.examples).slice(0, exampleCount),
  };
}

/** Of one session, the rows that were acknowledged, were neither lost before nor given up, and are not there. */
export const missing = (sent: Sent, present: Ranges): Range[] => without(due(sent), present);

/** What of the numbers found a comparison with `sent` may speak of: rows beyond `last` up to `sentSince` may be in hand. */
export const settled = (present: Ranges, { last }: Sent, sentSince: number): Range[] =>
  without(present, [{ from: last + 1, to: sentSince }]);

/** The numbers that a session wrote on other lines than this one. */
export const writtenElsewhere = (lines: readonly Line[], last: number, line: string | undefined): Range[] =>
  lines.flatMap((one, at) => {
    const to = (lines[at + 1]?.from ?? last + 1) - 1;
    return one.line === line || to < one.from ? [] : [{ from: one.from, to }];
  });

function compareSession(sent: Sent, present: Ranges): Ledger {
  const { session, last, inDoubt, writtenOff = [], givenUp = [] } = sent;
  const told = acknowledged(sent);
  const wanted = due(sent);
  const lost = without(wanted, present);
  const welcome = without(without([{ from: 1, to: last }], writtenOff), givenUp);
  const unexpected = without(present, welcome);
  const doubtful = single(inDoubt);
  return {
    acknowledged: count(told),
    present: count(wanted) - count(lost),
    lost: count(lost),
    givenUp: count(told) - count(wanted),
    unexpected: count(unexpected),
    inDoubt: inDoubt.length,
    inDoubtPresent: inDoubt.length - count(without(doubtful, present)),
    examples: [...firstOf(lost), ...firstOf(unexpected)].slice(0, exampleCount).map(n => `${session}/${String(n)}`),
  };
}

const acknowledged = ({ last, inDoubt, writtenOff = [] }: Sent): Range[] =>
  without(without([{ from: 1, to: last }], single(inDoubt)), writtenOff);

const due = (sent: Sent): Range[] => without(acknowledged(sent), sent.givenUp ?? []);

const single = (numbers: readonly number[]): Range[] =>
  [...numbers].sort((a, b) => a - b).map(n => ({ from: n, to: n }));
const count = (ranges: Ranges): number => ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);

/** What is left of `ranges` when `taken` is taken away. */
export function without(ranges: Ranges, taken: Ranges): Range[] {
  const left: Range[] = [];
  let at = 0;
  for (const { from, to } of ranges) {
    let next = from;
    while ((taken[at]?.to ?? Infinity) < from) at += 1;
    for (let i = at; next <= to; i += 1) {
      const hole = taken[i];
      const end = hole === undefined || hole.from > to ? to : hole.from - 1;
      if (next <= end) left.push({ from: next, to: end });
      next = hole === undefined || hole.from > to ? to + 1 : Math.max(next, hole.to + 1);
    }
  }
  return left;
}

/** The first few numbers. */
function firstOf(ranges: Ranges): number[] {
  const found: number[] = [];
  for (const { from, to } of ranges) {
    for (let n = from; n <= to && found.length < exampleCount; n += 1) found.push(n);
    if (found.length === exampleCount) break;
  }
  return found;
}
