// What is kept of a cluster, in a few lines below its nodes: last backup, receiver, and what would be lost now.

import { showLsn } from '../postgres/lsn.ts';
import { showBytes, showDuration } from '../time.ts';
import { harmless } from './columns.ts';
import { showTime } from './numbers.ts';
import type { KeptStatus } from './status-data.ts';
import { painter, type Style } from './style.ts';
import { hang } from './wrap.ts';

export function keptLines(kept: KeptStatus, { width, colour }: Style): string[] {
  const paint = painter(colour);
  const { repository, trouble, last, receiver } = kept;
  if (trouble !== null) return hang('repository: ', harmless(trouble), width, paint.warn);
  return [
    ...hang(
      'last backup: ',
      lastWords(last),
      width,
      last === null || last.proven?.ok === false ? paint.warn : undefined,
    ),
    ...hang('WAL: ', walWords(kept), width, receiver === null ? paint.warn : undefined),
    ...exposureLines(kept).flatMap(words => hang('would be lost now: ', words, width)),
    ...hang('repository: ', repository, width),
  ];
}

function lastWords(last: KeptStatus['last']): string {
  if (last === null) return 'none that is OK (lifeboat backup)';
  const { id, age, proven } = last;
  const how =
    proven === null
      ? 'never proven'
      : `${proven.ok ? 'proven' : 'found damaged'} ${showTime(proven.at)} (${proven.how})`;
  return `${id}, ${showDuration(age)} old, ${how}`;
}

function walWords({ receiver, received }: KeptStatus): string {
  const up =
    received === null ? 'none is kept' : `kept up to ${showLsn(received.lsn)} on timeline ${received.timeline}`;
  const who =
    receiver === null
      ? 'no receiver is at work (lifeboat wal receive)'
      : `received by ${receiver.owner}, process ${receiver.pid}`;
  return `${up}; ${who}`;
}

/** Nothing where no primary says what it has written. */
function exposureLines({ exposure }: KeptStatus): string[] {
  if (exposure === null) return [];
  const { bytes, time, best } = exposure;
  if (best === null) return ['everything since the last backup: nobody else has WAL of this primary'];
  if (bytes === 0) return [`nothing: ${best} has all WAL of the primary`];
  return [`${showBytes(bytes)}${time === null ? '' : `, written within ${showDuration(time)}`}; ${best} has the rest`];
}
