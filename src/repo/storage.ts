// What became of the files of tables in a transaction: emptied, dropped, or written anew. Pure.

import { type RelationFile, relationKey } from '../postgres/relation-file.ts';
import type { Tally } from './tally.ts';

export interface StorageChanges {
  /** Tables that got an empty file in place of theirs: `now`. `was` where it is known which one that was. */
  readonly truncated: readonly { readonly was: RelationFile | null; readonly now: RelationFile }[];
  /** Files of relations that were there before and are no more; indexes and TOAST tables too. */
  readonly dropped: readonly RelationFile[];
  /** Files of one relation, before and after: by the name of one the other is known. */
  readonly pairs: readonly (readonly [RelationFile, RelationFile])[];
}

type Step =
  /** A relation gets another file (RelationSetNewRelfilenumber). */
  | { readonly is: 'renewed'; readonly own: boolean; readonly file: RelationFile }
  /** A row of pg_class is deleted. `own`: that of a relation which this transaction has made. */
  | { readonly is: 'deleted'; readonly own: boolean };

/**
 * With wal_level = replica there is no record of a TRUNCATE as such. What it writes, for the table, its TOAST table and each index: the new file is
 * made (SMGR_CREATE), and at once the row of pg_class is updated to point to it; the commit names the old file as dropped. VACUUM FULL, CLUSTER and
 * ALTER TABLE make a new relation instead (an insert into pg_class), swap the two, and drop it. REINDEX does as TRUNCATE, but fills what it
 * made with pages (seen on 13, 15, 17 and 18). A table that was made in the same transaction is truncated in place: nothing is lost.
 *
 * @param dropped as the commit lists them: the last one first
 */
export function storageChanges(tally: Tally, dropped: readonly RelationFile[]): StorageChanges {
  const { steps, made } = stepsOf(tally);
  const gone = [...dropped].reverse();
  // Each of these steps has scheduled one file to go, except that a view or a composite type has none.
  const paired = steps.length === gone.length;
  const old = (step: Step): RelationFile | null => (paired ? (gone[steps.indexOf(step)] ?? null) : null);
  const renewed = steps.filter(step => step.is === 'renewed');
  const truncated = renewed
    .filter(({ own, file }) => !own && !tally.filled.has(relationKey(file)))
    .map(step => ({ was: old(step), now: step.file }))
    // An empty table that was moved to another tablespace.
    .filter(({ was, now }) => was === null || was.tablespace === now.tablespace);
  const pairs = renewed.flatMap(step => {
    const was = old(step);
    return was === null ? [] : [[was, step.file] as const];
  });
  return { truncated, dropped: lost(steps, gone, paired).filter(file => !made.has(relationKey(file))), pairs };
}

function lost(steps: readonly Step[], gone: readonly RelationFile[], paired: boolean): readonly RelationFile[] {
  const foreign = steps.filter(step => step.is === 'deleted' && !step.own);
  if (foreign.length === 0) return [];
  if (paired) return gone.filter((_, i) => foreign.includes(steps[i] as Step));
  // Some of them are of what has no file: which of the files belongs to a table that is still there, its name will tell.
  return gone;
}

/** `made`: keys of the files that the transaction has made itself. */
function stepsOf({ events }: Tally): { readonly steps: readonly Step[]; readonly made: ReadonlySet<string> } {
  const steps: Step[] = [];
  const made = new Set<string>();
  const own = new Set<string>();
  /** Made just now: what comes first of pg_class says whose it is. */
  let fresh: RelationFile | undefined;
  for (const event of events) {
    if (event.is === 'file') {
      fresh = event.file;
      made.add(relationKey(event.file));
      continue;
    }
    const { change, database } = event;
    const id = `${database}:${change.row}`;
    switch (change.is) {
      case 'insert':
        own.add(id);
        break;
      case 'update': {
        const isOwn = own.delete(`${database}:${change.old}`);
        if (isOwn) own.add(id);
        if (fresh !== undefined) steps.push({ is: 'renewed', own: isOwn, file: fresh });
        break;
      }
      case 'delete':
        steps.push({ is: 'deleted', own: own.delete(id) });
        break;
      case 'in-place':
        continue;
    }
    fresh = undefined;
  }
  return { steps, made };
}
