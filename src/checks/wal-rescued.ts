// wal-rescued: the repository keeps the WAL of a stopped server to its very end.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { standing } from '../look/standing-of-wal.ts';
import { showLsn } from '../postgres/lsn.ts';

export const walRescued = checkKind({
  name: 'wal-rescued',
  summary: 'The repository keeps all WAL of a stopped server, to the end of its last record',
  params: Type.Object({}),
  example: '{ check: wal-rescued, on: primary }',
  words: on => `the WAL of ${on} is kept to its end`,
  async test(on, _params, look): Promise<Verdict> {
    const wal = await standing(look, on);
    if (wal.is !== 'known') return wal;
    if (wal.what === 'nothing') return { is: 'absent', why: `where it ends cannot be read: ${wal.why}` };
    const { end, timeline, unreadable } = wal;
    if (end === undefined) return { is: 'absent', why: `where it ends cannot be read: ${unreadable}` };
    const kept = await look.kept();
    if (kept.is === 'later' || kept.is === 'silent') return kept;
    const stretch = kept.value.stretches.findLast(one => one.timeline === timeline && one.from <= end);
    const to = stretch?.to;
    if (to !== undefined && to > end)
      return { is: 'holds', found: `kept to ${showLsn(to)} on timeline ${String(timeline)}` };
    return {
      is: 'fails',
      expected: `WAL of timeline ${String(timeline)} beyond ${showLsn(end)}`,
      found: to === undefined ? 'none of it is kept' : `kept to ${showLsn(to)}`,
      hint: 'what is kept: lifeboat wal status',
    };
  },
  forecast: () => ({}),
});
