// Names of WAL files: segments of any size, unfinished ones, backup and timeline history.
import { lsn } from './lsn.ts';
import type { Lsn } from './lsn.ts';
import { parseTimelineHex, timelineFileName } from './timeline.ts';
import type { Timeline } from './timeline.ts';

const gigabyte = 1024 ** 3;
/** A name's middle eight digits count 4 GiB each, whatever the size of a segment (xlog_internal.h, XLogFileName). */
const logicalFile = 1n << 32n;

/** Whether `size` (bytes) is one initdb takes for `--wal-segsize`: a power of two from 1 MB to 1 GB. */
export function isSegmentSize(size: number): boolean {
  return size >= 1024 ** 2 && size <= gigabyte && Number.isInteger(Math.log2(size));
}

/** The first position of the segment that holds `position`. `size` in bytes; throws a RangeError where it is not a segment size. */
export function segmentStart(position: Lsn, size: number): Lsn {
  return lsn(position - (position % checked(size)));
}

/**
 * The segment that holds the byte at `position`. For an end pointer (one past the last byte) this is the *next* segment when
 * it lies exactly on a boundary; the last one written is then {@link lastSegmentName}.
 */
export function segmentName(line: Timeline, position: Lsn, size: number): string {
  const perFile = logicalFile / checked(size);
  const number = position / checked(size);
  return `${timelineFileName(line)}${hex8(number / perFile)}${hex8(number % perFile)}`;
}

/** The segment that holds the last byte *before* the end pointer `end`, as pg_walfile_name() answers on a boundary. */
export function lastSegmentName(line: Timeline, end: Lsn, size: number): string {
  return segmentName(line, end === 0n ? end : lsn(end - 1n), size);
}

export interface Segment {
  readonly timeline: Timeline;
  readonly start: Lsn;
  /** `partial`: the unfinished last segment of a timeline, which PostgreSQL never asks for by itself. */
  readonly kind: 'segment' | 'partial';
}

/** Reads `00000001000000000000000A` and `….partial`; undefined where it is no such name, or impossible with this segment size. */
export function parseSegmentName(name: string, size: number): Segment | undefined {
  const match = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(\.partial)?$/.exec(name);
  if (!match) return undefined;
  const [, line = '', file = '', number = '', partial] = match;
  const timeline = parseTimelineHex(line);
  const within = BigInt(`0x${number}`);
  if (timeline === undefined || within >= logicalFile / checked(size)) return undefined;
  const start = lsn(BigInt(`0x${file}`) * logicalFile + within * checked(size));
  return { timeline, start, kind: partial === undefined ? 'segment' : 'partial' };
}

/** The name of the segment after this one on the same timeline; undefined where `name` is no segment, or the last there can be. */
export function nextSegment(name: string, size: number): string | undefined {
  const segment = parseSegmentName(name, size);
  if (segment?.kind !== 'segment') return undefined;
  const next = segment.start + BigInt(size);
  return next >= 1n << 64n ? undefined : segmentName(segment.timeline, lsn(next), size);
}

/** Whether it is the name of a whole segment: 24 upper-case hex digits (xlog_internal.h, IsXLogFileName). */
export function isSegmentName(name: string): boolean {
  return /^[0-9A-F]{24}$/.test(name);
}

export type WalFileKind = 'segment' | 'partial' | 'backup-history' | 'timeline-history';

/** What a file of `pg_wal` or of an archive is, by its name; undefined for anything else (`archive_status`, `xlogtemp.13235`). */
export function walFileKind(name: string): WalFileKind | undefined {
  if (isSegmentName(name)) return 'segment';
  if (/^[0-9A-F]{24}\.partial$/.test(name)) return 'partial';
  if (/^[0-9A-F]{24}\.[0-9A-F]{8}\.backup$/.test(name)) return 'backup-history';
  return /^[0-9A-F]{8}\.history$/.test(name) ? 'timeline-history' : undefined;
}

/** `000000010000000000000003.00000028.backup`: where a base backup starts, as the name of its history file says; else undefined. */
export function parseBackupHistoryName(name: string, size: number): { timeline: Timeline; start: Lsn } | undefined {
  const match = /^([0-9A-F]{24})\.([0-9A-F]{8})\.backup$/.exec(name);
  const segment = match && parseSegmentName(match[1] ?? '', size);
  const offset = BigInt(`0x${match?.[2] ?? '0'}`);
  if (!segment || offset >= BigInt(size)) return undefined;
  return { timeline: segment.timeline, start: lsn(segment.start + offset) };
}

function checked(size: number): bigint {
  if (!isSegmentSize(size)) throw new RangeError(`not a WAL segment size: ${size}`);
  return BigInt(size);
}

function hex8(number: bigint): string {
  return number.toString(16).toUpperCase().padStart(8, '0');
}

/** WAL in files of one timeline. */
export interface Stretch {
  readonly timeline: Timeline;
  readonly start: Lsn;
  readonly end: Lsn;
}

/**
 * The WAL of a timeline that these files hold without a gap, back from `before`, the latest stretch first. The segment of
 * `before` may be missing under its own name: a promotion renames the last one of the timeline it leaves to `.partial`, and
 * begins the next timeline with a copy of it, which pg_rewind reads in its stead (parsexlog.c, SimpleXLogPageRead).
 */
export function unbrokenBefore(files: readonly string[], line: Timeline, before: Lsn, size: number): Stretch[] {
  const there = new Set(files);
  const step = checked(size);
  const has = (at: bigint): boolean => at >= 0n && there.has(segmentName(line, lsn(at), size));
  const last = segmentStart(before, size);
  const copy = has(last) || last === before ? undefined : copyOf(files, line, last, size);
  const end: bigint = has(last) ? before : last;
  let start: bigint = last;
  while (has(start - step)) start -= step;
  return [
    ...(copy === undefined ? [] : [{ timeline: copy, start: last, end: before }]),
    ...(start === end ? [] : [{ timeline: line, start: lsn(start), end: lsn(end) }]),
  ];
}

/** The next timeline above that has this segment. */
function copyOf(files: readonly string[], line: Timeline, start: Lsn, size: number): Timeline | undefined {
  const lines = files.flatMap(name => {
    const found = parseSegmentName(name, size);
    return found?.kind === 'segment' && found.start === start && found.timeline > line ? [found.timeline] : [];
  });
  return lines.length === 0 ? undefined : lines.reduce((a, b) => (b < a ? b : a));
}
