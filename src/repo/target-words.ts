// A target as it is typed: for the restore command, and as parameters of a book. Pure.

import { showLsn } from '../postgres/lsn.ts';
import type { Target, TimelineWish } from './target.ts';

/** `--to-xid 742 --exclusive --timeline 3`, as `lifeboat restore` takes it; nothing for what it does unless told otherwise. */
export function restoreWords(target: Target, timeline: TimelineWish = 'latest'): string[] {
  const line = timeline === 'latest' ? [] : ['--timeline', String(timeline)];
  if (target.is === 'latest') return line;
  if (target.is === 'immediate') return ['--immediate', ...line];
  const exclusive = 'inclusive' in target && !target.inclusive ? ['--exclusive'] : [];
  return [`--to-${target.is}`, placeOf(target), ...exclusive, ...line];
}

/** `-p to_xid=742 -p exclusive=true -p timeline=3`, as `lifeboat run pitr` takes it. */
export function bookWords(target: Target, timeline: TimelineWish = 'latest'): string[] {
  const params = [
    ...(target.is === 'latest' || target.is === 'immediate' ? [] : [`to_${target.is}=${placeOf(target)}`]),
    ...('inclusive' in target && !target.inclusive ? ['exclusive=true'] : []),
    ...(timeline === 'latest' ? [] : [`timeline=${String(timeline)}`]),
  ];
  return params.flatMap(param => ['-p', param]);
}

type Placed = Exclude<Target, { is: 'immediate' | 'latest' }>;

/** Times in UTC and to the microsecond, for at the border of a transaction each of them counts. */
function placeOf(target: Placed): string {
  switch (target.is) {
    case 'time':
      return target.time.replace('T', ' ').replace('Z', '+00');
    case 'xid':
      return String(target.xid);
    case 'lsn':
      return showLsn(target.lsn);
    case 'name':
      return target.name;
  }
}
