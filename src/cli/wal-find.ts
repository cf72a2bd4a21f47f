// lifeboat wal find: which transaction truncated, dropped or changed a table, and the way back to just before it.

import { exits, Fault } from '../faults.ts';
import { pgClass, type RelationFile } from '../postgres/relation-file.ts';
import { walFindJson, walFindText } from '../report/wal-find-text.ts';
import { type Effect, effectsOf, isTable } from '../repo/effects.ts';
import { findTransactions } from '../repo/find.ts';
import type { Wanted } from '../repo/way-search.ts';
import { type Operation, operations } from '../repo/found-transaction.ts';
import { knownSegments } from '../repo/known-segments.ts';
import { namesFor } from '../repo/naming.ts';
import { readTime, readXid } from '../repo/target.ts';
import { type Instant, microsOf } from '../time.ts';
import type { InventoryOptions } from './inventory-file.ts';
import { liveCatalogue } from './live-catalogue.ts';
import { openForCluster } from './open-repository.ts';
import { SegmentTalk } from './segment-talk.ts';
import type { Terminal } from './terminal.ts';
import { untilKept } from './wal-to-come.ts';

export interface WalFindOptions extends InventoryOptions {
  readonly table?: string;
  readonly op?: Operation | 'any';
  readonly between?: readonly string[];
  readonly xid?: string;
  readonly database?: string;
  readonly least?: string;
  readonly json?: boolean;
}

export async function walFind(terminal: Terminal, options: WalFindOptions): Promise<number> {
  const wanted = wantedOf(options);
  const { cluster, repo } = await openForCluster(terminal, options);
  const live = await liveCatalogue(cluster);
  await untilKept(repo, live);
  const known = await knownSegments(repo);
  const isClass = ({ database, number }: RelationFile): boolean =>
    number === pgClass || number === live?.classes.get(database);
  const talk = new SegmentTalk(terminal, () => repo.clock.now());
  const search = await findTransactions(repo, known, wanted, isClass, talk.hear);
  talk.end();
  const names = await namesFor(repo, known.backups, search, live);
  const found = search.found
    .map(one => ({
      ...one,
      databaseName: one.database === null ? null : (names.database(one.database) ?? null),
      effects: effectsOf(one, names).filter(({ operation }) => wanted.operations?.has(operation) ?? true),
    }))
    .filter(({ effects, databaseName }) => isMeant(effects, databaseName, options));
  const report = {
    cluster: cluster.name,
    repository: repo.where,
    asked: options,
    found,
    until: search.until,
    read: search.read,
    unreadable: search.unreadable,
    live: live && { node: live.node, isPrimary: live.isPrimary, timeline: live.timeline, lsn: live.lsn },
  };
  if (options.json === true) terminal.out(`${JSON.stringify(walFindJson(report))}\n`);
  else terminal.out(`${walFindText(report, { width: terminal.width, colour: terminal.colour })}\n`);
  return exits.ok;
}

/** Whether it did what is asked for to what is asked for. */
function isMeant(
  effects: readonly Effect[],
  databaseName: string | null,
  { table, database, least, xid }: WalFindOptions,
): boolean {
  if (
    database !== undefined &&
    databaseName !== database &&
    !effects.some(({ what }) => what === `database ${database}`)
  )
    return false;
  // Named by its number, it is shown whatever it did.
  if (xid !== undefined && table === undefined && least === undefined) return true;
  return effects.some(
    effect =>
      (table === undefined || isTable(effect, table)) && (effect.rows === null || effect.rows >= Number(least ?? 1)),
  );
}

/** Throws a Fault `usage`. */
function wantedOf({ op, between, xid, least }: WalFindOptions): Wanted {
  if (least !== undefined && !/^\d+$/.test(least))
    throw new Fault('usage', `--least takes a number of rows, not "${least}"`);
  return {
    operations: operationsOf(op, xid),
    between: between === undefined ? null : readBetween(between),
    xid: xid === undefined ? null : readXid(xid, '--xid'),
  };
}

/** Whoever names a transaction wants to know all of it; else what leaves nothing of a table is looked for. */
function operationsOf(op: WalFindOptions['op'], xid: string | undefined): ReadonlySet<Operation> | null {
  if (op === 'any') return new Set(operations);
  if (op !== undefined) return new Set([op]);
  return xid === undefined ? new Set(['truncate', 'drop'] as const) : null;
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

function readBetween(words: readonly string[]): { readonly from: Instant; readonly to: Instant } {
  const [from, to, more] = words;
  if (from === undefined || to === undefined || more !== undefined) {
    throw new Fault('usage', '--between takes two times', {
      hint: '--between "2026-11-21 16:40+09" "2026-11-21 16:50+09"',
    });
  }
  const [a, b] = [readTime(from, '--between', zone), readTime(to, '--between', zone)];
  if (microsOf(a) <= microsOf(b)) return { from: a, to: b };
  throw new Fault('usage', `--between: ${from} lies after ${to}`, { hint: 'the earlier time comes first' });
}
