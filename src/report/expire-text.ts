// What expire did or would do: every backup with its reasons, then WAL, then what can be reached no more.

import { showLsn } from '../postgres/lsn.ts';
import type { Timeline } from '../postgres/timeline.ts';
import type { ExpirePlan, WalFile } from '../repo/expire-plan.ts';
import type { Expired } from '../repo/expire.ts';
import type { Retained } from '../repo/retain.ts';
import { type Bytes, bytes, showBytes, showDuration } from '../time.ts';
import { showTime } from './numbers.ts';
import { type Json, plainData } from './plain-data.ts';
import { painter, type Style } from './style.ts';
import { type Column, table } from './table.ts';
import { hang } from './wrap.ts';

/** `done` is null where nothing was to be changed. */
export function expireText(plan: ExpirePlan, done: Expired | null, { width, colour }: Style): string {
  const paint = painter(colour);
  const { retention } = plan;
  const gone = new Set(done?.dropped.map(({ id }) => id));
  const spared = done === null ? [] : plan.dropped.filter(({ id }) => !gone.has(id));
  return [
    ...hang('', `cluster ${plan.cluster} · ${showTime(plan.at)} · ${policyWords(plan)}`, width, paint.strong),
    ...(retention.backups.length === 0 ? ['There is no backup.'] : table(columnsOf(done), retention.backups, width)),
    ...spared.flatMap(({ id }) => hang('', `${id} is in use or kept since just now: it stays.`, width, paint.warn)),
    ...retention.warnings.flatMap(words => hang('warning: ', words, width, paint.warn)),
    ...walLines(done?.wal ?? plan.wal, done !== null).flatMap(words => hang('', words, width)),
    ...(plan.walWaits ? hang('', 'A backup is being taken: WAL stays until the next run.', width) : []),
    ...retention.lost.flatMap(({ timeline, from, to, since }) =>
      hang(
        done === null ? 'no longer to be reached: ' : 'not to be reached any more: ',
        `timeline ${timeline} from ${showLsn(from)} (${showTime(since)}) to ${showLsn(to)}`,
        width,
      ),
    ),
    ...hang('', summary(plan, done), width),
  ].join('\n');
}

const columnsOf = (done: Expired | null): readonly Column<Retained>[] => [
  { title: 'backup', below: 'stay', of: ({ backup }) => backup.id },
  { title: 'TL', below: 'stay', of: ({ backup }) => String(backup.stopTimeline) },
  {
    title: 'verdict',
    below: 'stay',
    of: ({ verdict }) => (verdict.is === 'kept' ? 'kept' : done === null ? 'would go' : 'goes'),
  },
  { title: 'taken', below: 2, of: ({ backup }) => showTime(backup.stopped) },
  { title: 'because', below: 1, of: ({ verdict }) => verdict.because.join('; ') },
];

function policyWords({ policy: { redundancy, window } }: ExpirePlan): string {
  const parts = [
    ...(redundancy === undefined ? [] : [`redundancy ${redundancy}`]),
    ...(window === undefined ? [] : [`window ${showDuration(window)}`]),
  ];
  return parts.length === 0 ? 'no retention' : parts.join(', ');
}

/** A line for each timeline. */
function walLines(files: readonly WalFile[], done: boolean): string[] {
  const lines = new Map<Timeline, WalFile[]>();
  for (const file of files) lines.set(file.timeline, [...(lines.get(file.timeline) ?? []), file]);
  return [...lines].map(([timeline, its]) => {
    const [first, last] = [its[0]?.name ?? '', its.at(-1)?.name ?? ''];
    const names = first === last ? first : `${first} to ${last}`;
    return `WAL of timeline ${timeline}: ${its.length} ${its.length === 1 ? 'file' : 'files'} ${done ? 'removed' : 'would go'}, ${names} (${showBytes(sizeOf(its))})`;
  });
}

const sizeOf = (files: readonly WalFile[]): Bytes => bytes(files.reduce((sum, { size }) => sum + size, 0));

function summary(plan: ExpirePlan, done: Expired | null): string {
  const count = (done?.dropped ?? plan.dropped).length;
  const wal = done?.wal ?? plan.wal;
  const size = showBytes(bytes((done?.freed ?? plan.freed) + sizeOf(wal)));
  const backups = `${count} ${count === 1 ? 'backup' : 'backups'}`;
  if (count === 0 && wal.length === 0 && (done?.freed ?? plan.freed) === 0) return 'Nothing is too old.';
  return done === null ? `Nothing was changed. ${backups} and ${size} would go.` : `${backups} removed, ${size} freed.`;
}

/** LSNs as text, durations in milliseconds. */
export const expireJson = (plan: ExpirePlan, done: Expired | null): Json => {
  const wal = done?.wal ?? plan.wal;
  return plainData({
    cluster: plan.cluster,
    at: plan.at,
    policy: { redundancy: plan.policy.redundancy ?? null, window: plan.policy.window ?? null },
    changed: done !== null,
    backups: plan.retention.backups.map(({ backup, verdict }) => ({
      id: backup.id,
      timeline: backup.stopTimeline,
      status: backup.status,
      stopped: backup.stopped,
      verdict: verdict.is,
      because: verdict.because,
      removed: done === null ? null : done.dropped.some(({ id }) => id === backup.id),
    })),
    wal: wal.map(({ name, size }) => ({ name, size })),
    walWaits: plan.walWaits,
    lost: plan.retention.lost,
    freed: (done?.freed ?? plan.freed) + sizeOf(wal),
    warnings: plan.retention.warnings,
  });
};
