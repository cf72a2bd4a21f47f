// Which kind of target one word is: a time, an LSN, a transaction or the name of a restore point. Pure.

import { Fault } from '../faults.ts';
import { parseLsn } from '../postgres/lsn.ts';
import { quote } from '../postgres/shell.ts';
import type { TargetWords } from './target.ts';

type Kind = 'toTime' | 'toLsn' | 'toXid' | 'toName';

const options: Readonly<Record<Kind, string>> = {
  toTime: '--to-time',
  toLsn: '--to-lsn',
  toXid: '--to-xid',
  toName: '--to-name',
};

/**
 * As `--to` takes it: read further by readTarget, which says what is wrong with it. A word that is nothing else is a name. Throws a
 * Fault `usage` where a restore point bears a name that reads as something else too.
 *
 * @param names of the restore points that are known
 */
export function anyTarget(word: string, names: ReadonlySet<string>): Pick<TargetWords, Kind> {
  const shape = shapeOf(word);
  if (shape === undefined) return { toName: word };
  if (!names.has(word)) return { [shape]: word };
  throw new Fault('usage', `--to ${quote(word)} can be meant in two ways: there is a restore point of that name`, {
    hint: `say which: ${options[shape]} ${quote(word)}, or --to-name ${quote(word)}`,
  });
}

function shapeOf(word: string): Kind | undefined {
  if (parseLsn(word) !== undefined) return 'toLsn';
  if (/^\d+$/.test(word)) return 'toXid';
  // A clock without a date is no target either; as a time it is told what is missing.
  return /^\d{4}-\d\d-\d\d|^\d{1,2}:\d\d/.test(word) ? 'toTime' : undefined;
}
