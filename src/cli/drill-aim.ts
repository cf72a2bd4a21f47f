// Where an act goes back to: what `lifeboat wal find` says of the mistake, the parameters made of it, and where recovery must then stop.

import { Fault } from '../faults.ts';
import { keptBy } from '../lab/history.ts';
import type { Range } from '../lab/ledger.ts';
import type { Mistake } from '../lab/mistakes.ts';
import { type RecoveryStop, stopOf, type WayBackTo } from '../lab/transaction-ends.ts';
import { type Lsn, parseLsn, showLsn } from '../postgres/lsn.ts';
import type { ParamValue } from '../runbook/book-types.ts';
import type { Act, Target } from '../runbook/drill-types.ts';
import { instant } from '../time.ts';
import { type Found, find } from './drill-find.ts';
import type { Stage } from './drill-stage.ts';

export interface Aim {
  readonly mistake: Mistake;
  /** Null where nobody looked. */
  readonly found: Found | null;
  /** What the runbook is given. */
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly stop: RecoveryStop;
  /** Of the writer's rows those that ended before it. */
  readonly kept: ReadonlyMap<string, readonly Range[]>;
}

/** Undefined where the act has no target. */
export async function aimOf(stage: Stage, { target }: Act): Promise<Aim | undefined> {
  if (!target) return undefined;
  const { past, terminal, lab, say } = stage;
  if (!past) throw new Fault('invalid', 'the act has a target, and no operator has made a mistake yet');
  const { mistake, history } = past;
  const found = target.find === undefined ? null : await find(terminal, lab.inventoryFile, target.find);
  const place = found?.transactions.at(-1) ?? { ...mistake, params: { timeline: String(mistake.timeline) } };
  if (found) say(`lifeboat wal find: transaction ${place.xid} at ${place.lsn}, ${place.time}`);
  const to = wayBackTo(target, place, mistake);
  const stop = stopOf(to, history.ends);
  if (!stop)
    throw new Fault('failed', `no transaction ends at the target, ${to.by} ${place[to.by === 'name' ? 'xid' : to.by]}`);
  return { mistake, found, params: paramsFor(to, place), stop, kept: keptBy(history, stop) };
}

/** Where the mistake is, and what is printed to go back to just before it. */
interface Place extends Pick<Mistake, 'xid' | 'lsn' | 'time'> {
  readonly params: Readonly<Record<string, string>>;
}

function wayBackTo({ by, early }: Target, { xid, lsn, time }: Place, { restorePoint }: Mistake): WayBackTo {
  switch (by) {
    case 'xid':
      return { by, xid };
    case 'time':
      return { by, time: early === 0 ? time : instant(new Date(Date.parse(time) - early)) };
    case 'lsn':
      return { by, lsn: lsnOf(lsn) };
    case 'name':
      if (restorePoint) return { by, name: restorePoint.name, lsn: lsnOf(restorePoint.lsn) };
      throw new Fault('invalid', 'nobody made a restore point', { hint: 'fault: { restore_point: NAME }' });
  }
}

function lsnOf(text: string): Lsn {
  const found = parseLsn(text);
  if (found !== undefined) return found;
  throw new Fault('failed', `"${text}" is no LSN`);
}

/** Another kind of target than the one that was printed, on the timeline that was. */
function paramsFor(to: WayBackTo, { params }: Place): Aim['params'] {
  const timeline = params['timeline'] !== undefined && { timeline: params['timeline'] };
  switch (to.by) {
    case 'xid':
      return { to_xid: to.xid, exclusive: true, ...params };
    case 'time':
      return { to_time: to.time, exclusive: true, ...timeline };
    case 'lsn':
      return { to_lsn: showLsn(to.lsn), exclusive: true, ...timeline };
    case 'name':
      return { to_name: to.name, ...timeline };
  }
}
