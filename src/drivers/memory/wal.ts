// WAL on a simulated disk: which files there are, where it ends, and how a standby gets and replays it.

import type { NodeName } from '../../ports.ts';
import { type Lsn, lsn, parseLsn, showLsn } from '../../postgres/lsn.ts';
import { segmentName, segmentStart } from '../../postgres/segment.ts';
import { historyFileName, timeline } from '../../postgres/timeline.ts';
import { walDirectory } from '../../look/installation.ts';
import type { Instant } from '../../time.ts';
import { endOfWal, type MemoryNode } from './node.ts';

export const segmentSize = 16 * 1024 * 1024;

/** Bytes that replay gets through in a millisecond: slow enough that a run can be cut in the middle of it. */
const replayPerMs = 16_384;

export interface Program {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The names in pg_wal: segments with WAL, two recycled ones under names to come, and the histories of later timelines. */
export function walFiles(node: MemoryNode): string[] {
  const names: string[] = [];
  for (const [line, { from, end }] of node.wal) {
    const last = segmentStart(lsn(end === 0n ? end : end - 1n), segmentSize) + BigInt(2 * segmentSize);
    for (let at: bigint = segmentStart(from, segmentSize); at <= last; at += BigInt(segmentSize))
      names.push(segmentName(timeline(line), lsn(at), segmentSize));
    if (line > 1) names.push(historyFileName(timeline(line)));
  }
  return names;
}

/** What a copy of one of its segments holds. */
export function segmentOf(node: MemoryNode, name: string): { timeline: number; upTo: Lsn } | undefined {
  for (const [line, { from, end }] of node.wal) {
    for (let at: bigint = segmentStart(from, segmentSize); at < end; at += BigInt(segmentSize)) {
      if (segmentName(timeline(line), lsn(at), segmentSize) !== name) continue;
      const upTo = at + BigInt(segmentSize) < end ? at + BigInt(segmentSize) : end;
      return { timeline: line, upTo: lsn(upTo) };
    }
  }
  return undefined;
}

/** pg_waldump -p DIRECTORY -t TIMELINE -s START, in the words of 15. */
export function waldump(node: MemoryNode, argv: readonly string[]): Program {
  const option = (name: string): string => argv[argv.indexOf(name) + 1] ?? '';
  const fails = (stderr: string): Program => ({ code: 1, stdout: '', stderr: `pg_waldump: error: ${stderr}\n` });
  const wal = node.wal.get(Number(option('-t')));
  const start = parseLsn(option('-s')) ?? lsn(0n);
  if (option('-p') !== walDirectory(node.site) || !wal || start < segmentStart(wal.from, segmentSize)) {
    const name = segmentName(timeline(Number(option('-t'))), start, segmentSize);
    return fails(`could not find file "${name}": No such file or directory`);
  }
  if (start >= wal.end) return fails(`could not find a valid record after ${showLsn(start)}`);
  const last = showLsn(lsn(wal.end - 48n < start ? start : wal.end - 48n));
  return {
    code: 1,
    stdout: `rmgr: Transaction len (rec/tot):     34/    34, tx:        739, lsn: ${last}, prev 0/0, desc: COMMIT\n`,
    stderr: `pg_waldump: error: error in WAL record at ${last}: invalid record length at ${showLsn(wal.end)}: wanted 24, got 0\n`,
  };
}

/** Whether its WAL receiver is fed: the walsender lives on under a frozen postmaster, and dies with a killed one. */
export function streams(node: MemoryNode, find: (name: NodeName) => MemoryNode | undefined): MemoryNode | undefined {
  const source = node.follows === null ? undefined : find(node.follows);
  if (node.role !== 'standby' || node.server === null || node.server.frozen) return undefined;
  const fed = source?.server && source.reachable && source.role === 'primary' && source.timeline === node.timeline;
  return fed ? source : undefined;
}

/** So much time passes for a standby: it receives what is sent and replays what it has, from its own WAL or through restore_command. */
export function replicate(node: MemoryNode, source: MemoryNode | undefined, by: number, now: Instant): void {
  if (node.role !== 'standby' || node.server === null || node.server.frozen || node.replayed === null) return;
  if (source) node.received = endOfWal(source);
  if (node.paused) return;
  const had = node.replayed > (node.received ?? 0n) ? node.replayed : (node.received ?? node.replayed);
  const target = archived(node, had);
  const reached = node.replayed + BigInt(Math.ceil(by * replayPerMs));
  const next = lsn(reached < target ? reached : target);
  if (next <= node.replayed) return;
  node.replayed = next;
  node.replayedSinceStart = true;
  node.lastTransaction = now;
}

/** How far restore_command leads on from a place, segment by segment. */
function archived(node: MemoryNode, from: Lsn): Lsn {
  const directory = restoreDirectory(node);
  let at = from;
  while (directory !== undefined) {
    const file = node.files.get(`${directory}/${segmentName(timeline(node.timeline), at, segmentSize)}`);
    if (!file || !('upTo' in file) || file.short || file.upTo <= at) break;
    at = file.upTo;
  }
  return at;
}

/** Where `cp DIRECTORY/%f "%p"` copies from. */
export function restoreDirectory(node: MemoryNode): string | undefined {
  return /^cp (\S+)\/%f "%p"$/.exec(node.settings.get('restore_command') ?? '')?.[1];
}
