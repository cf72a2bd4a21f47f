// WAL on a simulated disk: which files there are, where it ends, and how a standby gets and replays it.

import { type Lsn, lsn, parseLsn, showLsn } from '../../postgres/lsn.ts';
import { segmentName, segmentStart } from '../../postgres/segment.ts';
import { historyFileName, parseTimelineHex, timeline } from '../../postgres/timeline.ts';
import { walDirectory } from '../../look/installation.ts';
import type { Instant } from '../../time.ts';
import { endOfWal, type MemoryNode } from './node.ts';
import type { Program } from './program.ts';
import { type Find, upstreamOf } from './standby.ts';

export const segmentSize = 16 * 1024 * 1024;

/** Bytes that replay gets through in a millisecond: slow enough that a run can be cut in the middle of it. */
const replayPerMs = 16_384;

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
  const asked = argv.includes('XLOG');
  const option = (name: string): string => argv[argv.indexOf(name) + 1] ?? '';
  const fails = (stderr: string): Program => ({ code: 1, stdout: '', stderr: `pg_waldump: error: ${stderr}\n` });
  const wal = node.wal.get(Number(option('-t')));
  const start = parseLsn(option('-s')) ?? lsn(0n);
  if (option('-p') !== walDirectory(node.site) || !wal || start < segmentStart(wal.from, segmentSize)) {
    const name = segmentName(timeline(Number(option('-t'))), start, segmentSize);
    return fails(`could not find file "${name}": No such file or directory`);
  }
  if (start >= wal.end) return fails(`could not find a valid record after ${showLsn(start)}`);
  if (asked) {
    const at = `rmgr: XLOG len (rec/tot): 114/114, tx: 0, lsn: ${showLsn(lsn(start + 40n))}, prev 0/0, desc: CHECKPOINT_ONLINE\n`;
    return { code: 0, stdout: at, stderr: '' };
  }
  const last = showLsn(lsn(wal.end - 48n < start ? start : wal.end - 48n));
  return {
    code: 1,
    stdout: `rmgr: Transaction len (rec/tot):     34/    34, tx:        739, lsn: ${last}, prev 0/0, desc: COMMIT\n`,
    stderr: `pg_waldump: error: error in WAL record at ${last}: invalid record length at ${showLsn(wal.end)}: wanted 24, got 0\n`,
  };
}

/** Whether its WAL receiver is fed: the walsender lives on under a frozen postmaster, and dies with a killed one. */
export function streams(node: MemoryNode, find: Find): MemoryNode | undefined {
  const source = upstreamOf(node, find);
  if (node.role !== 'standby' || node.server === null || node.server.frozen) return undefined;
  const fed = source?.server && source.reachable && source.role === 'primary' && leadsOn(node, source);
  return fed ? source : undefined;
}

/** It is on the source's timeline, or has not gone beyond the place where the source's way left its own. */
function leadsOn(node: MemoryNode, source: MemoryNode): boolean {
  if (node.timeline === source.timeline) return true;
  const left = [...source.wal].find(([line]) => line > node.timeline)?.[1].from;
  return source.wal.has(node.timeline) && left !== undefined && (node.replayed ?? 0n) <= left;
}

/** A receiver that comes to the end of its timeline goes on with the next one (manual 27.2.5). */
function switchTimeline(node: MemoryNode, source: MemoryNode): void {
  if (node.timeline === source.timeline) return;
  for (const [line, { from, end }] of source.wal) node.wal.set(line, { from, end });
  node.timeline = source.timeline;
}

/** So much time passes for a standby: it receives what is sent and replays what it has, from its own WAL or through restore_command. */
export function replicate(node: MemoryNode, source: MemoryNode | undefined, by: number, now: Instant): void {
  if (node.role !== 'standby' || node.server === null || node.server.frozen || node.replayed === null) return;
  if (source) {
    switchTimeline(node, source);
    node.received = endOfWal(source);
    const own = node.wal.get(node.timeline);
    if (own) own.end = node.received;
  }
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

/** `cat HISTORY`, of a timeline that its WAL has been on. */
export function history(node: MemoryNode, path: string): Program {
  const line = parseTimelineHex(path.split('/').at(-1)?.replace('.history', '') ?? '');
  if (line === undefined || !node.wal.has(line)) return { code: 1, stdout: '', stderr: `cat: ${path}: No such file\n` };
  const lines = [...node.wal.keys()].filter(one => one <= line).sort((a, b) => a - b);
  const entries = lines.slice(1).map((next, at) => {
    const left = node.wal.get(next)?.from ?? lsn(0n);
    return `${String(lines[at])}\t${showLsn(left)}\tno recovery target specified\n`;
  });
  return { code: 0, stdout: entries.join(''), stderr: '' };
}
