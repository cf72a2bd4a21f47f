// The transactions that were looked for: what each did, and how to go back to just before it.

import { type Lsn, lsnDiff, showLsn } from '../postgres/lsn.ts';
import { commandLine } from '../postgres/shell.ts';
import type { Effect } from '../repo/effects.ts';
import type { Search } from '../repo/find.ts';
import type { FoundTransaction } from '../repo/found-transaction.ts';
import { showMoment, type Target } from '../repo/target.ts';
import { bookWords, restoreWords } from '../repo/target-words.ts';
import { showBytes } from '../time.ts';
import { harmless } from './columns.ts';
import { type Json, plainData } from './plain-data.ts';
import { painter, type Style } from './style.ts';
import { hang } from './wrap.ts';

export interface NamedTransaction extends FoundTransaction {
  /** Null where no catalogue knows it. */
  readonly databaseName: string | null;
  /** What of it was asked for. */
  readonly effects: readonly Effect[];
}

export interface WalFindReport extends Pick<Search, 'until' | 'read' | 'unreadable'> {
  readonly cluster: string;
  readonly repository: string;
  /** How the cluster was named on the command line: the commands that are printed name it likewise. */
  readonly asked: { readonly inventory?: string; readonly cluster?: string };
  readonly found: readonly NamedTransaction[];
  /** The server that was asked for names; undefined where none answered. */
  readonly live:
    | { readonly node: string; readonly isPrimary: boolean; readonly timeline: number; readonly lsn: Lsn | null }
    | undefined;
}

/** More than this nobody reads; --json has all of them. */
const shown = 20;
const named = 5;

/** Without a line feed at its end. */
export function walFindText(report: WalFindReport, { width, colour }: Style): string {
  const paint = painter(colour);
  const { found } = report;
  const left = found.length - shown;
  const count =
    found.length === 0 ? 'no such transaction' : `${String(found.length)} transaction${found.length === 1 ? '' : 's'}`;
  return [
    ...hang(
      '',
      `${count} in the WAL of cluster ${report.cluster} that ${report.repository} keeps`,
      width,
      paint.strong,
    ),
    ...(left > 0
      ? hang('', `the last ${String(shown)} of them; fewer with --table, --between, --least; all with --json`, width)
      : []),
    ...found.slice(-shown).flatMap(one => ['', ...transactionLines(one, report, { width, colour })]),
    ...(found.length === 0 ? [] : ['']),
    ...coverageLines(report).flatMap(line => hang('', line, width, paint.dim)),
  ].join('\n');
}

function transactionLines(one: NamedTransaction, report: WalFindReport, { width, colour }: Style): string[] {
  const paint = painter(colour);
  const { restore, book } = commandsTo(one, report.asked);
  const where = one.databaseName === null ? '' : ` · database ${one.databaseName}`;
  const lines: readonly (readonly [string, string])[] = [
    ...effectLines(one.effects),
    [
      'commit',
      `${showLsn(one.lsn)} on timeline ${String(one.timeline)}${one.branch === null ? '' : ', which was left'}; ${recordWords(one)}`,
    ],
    ['behind it', behindWords(one)],
  ];
  const wide = Math.max(...lines.map(([title]) => title.length));
  return [
    ...hang('', `transaction ${String(one.xid)} · ${showMoment(one.time)}${where}`, width, paint.strong),
    ...lines.flatMap(([title, words]) => hang(`  ${title.padEnd(wide)}  `, harmless(words), width)),
    '  back to just before it, one of:',
    // Never broken: they are to be copied.
    `    ${commandLine(book)}`,
    `    ${commandLine(restore)} --into DIRECTORY`,
  ];
}

function effectLines(effects: readonly Effect[]): [string, string][] {
  if (effects.length === 0) return [['did', 'nothing to the rows of tables']];
  const operations = [...new Set(effects.map(({ operation }) => operation))];
  return operations.map(operation => {
    const own = effects.filter(effect => effect.operation === operation);
    const words = own.slice(0, named).map(({ what, named: isNamed, rows }) => {
      const count = rows === null ? '' : ` (${String(rows)} row${rows === 1 ? '' : 's'})`;
      return `${what}${isNamed ? '' : ' (not in the catalogue any more)'}${count}`;
    });
    return [operation, `${words.join(', ')}${own.length > named ? ` and ${String(own.length - named)} more` : ''}`];
  });
}

function recordWords({ records, subtransactions, prepared }: FoundTransaction): string {
  return [
    `${String(records)} records`,
    ...(subtransactions === 0 ? [] : [`${String(subtransactions)} subtransaction${subtransactions === 1 ? '' : 's'}`]),
    ...(prepared ? ['it was prepared before'] : []),
  ].join(', ');
}

const behindWords = ({ later }: FoundTransaction): string =>
  later === 0
    ? 'no commit: nothing else would be lost'
    : `${String(later)} commit${later === 1 ? '' : 's'}, lost with it by going back to just before it`;

function coverageLines({ until, live, unreadable }: WalFindReport): string[] {
  const last =
    until.last === null ? 'no transaction ended in it' : `its last transaction ended at ${showMoment(until.last.time)}`;
  const kept =
    until.lsn === null
      ? `no WAL of timeline ${String(until.timeline)} is kept`
      : `WAL of timeline ${String(until.timeline)} is kept up to ${showLsn(until.lsn)}; ${last}`;
  const ahead =
    live?.isPrimary === true &&
    live.lsn !== null &&
    until.lsn !== null &&
    live.timeline === until.timeline &&
    live.lsn > until.lsn
      ? [
          `${live.node} has written ${showBytes(lsnDiff(live.lsn, until.lsn))} more that is not kept yet: lifeboat wal switch`,
        ]
      : [];
  const asked = live === undefined ? ['no server answered: names are from backups'] : [];
  const gone = unreadable.length === 0 ? [] : [`could not be read: ${unreadable.join(', ')} (lifeboat verify)`];
  return [kept, ...ahead, ...asked, ...gone];
}

/** The recovery target that ends just before it, in both spellings. */
function commandsTo(
  { xid, databases, branch }: FoundTransaction,
  asked: WalFindReport['asked'],
): { readonly restore: readonly string[]; readonly book: readonly string[] } {
  // The files of a database go before the commit: recovery has to end before that.
  const [database] = databases;
  const target: Target =
    database === undefined
      ? { is: 'xid', xid, inclusive: false }
      : { is: 'lsn', lsn: database.before, inclusive: false };
  const which = Object.entries({ inventory: asked.inventory, cluster: asked.cluster }).flatMap(([option, word]) =>
    word === undefined ? [] : [`--${option}`, word],
  );
  const timeline = branch ?? 'latest';
  return {
    restore: ['lifeboat', 'restore', ...which, ...restoreWords(target, timeline)],
    book: ['lifeboat', 'run', 'pitr', ...which, ...bookWords(target, timeline)],
  };
}

export function walFindJson({ asked, found, live, ...report }: WalFindReport): Json {
  const transactions = found.map(one => ({
    xid: one.xid,
    time: one.time,
    lsn: one.lsn,
    end: one.end,
    timeline: one.timeline,
    branch: one.branch,
    database: one.database === null ? null : { oid: one.database, name: one.databaseName },
    effects: one.effects,
    records: one.records,
    subtransactions: one.subtransactions,
    prepared: one.prepared,
    later: one.later,
    target: commandsTo(one, asked),
  }));
  return plainData({ ...report, live: live ?? null, transactions });
}
