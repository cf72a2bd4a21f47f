// What pg_controldata says about a data directory: whose it is, how it ended, and up to where it must be replayed.
import { bytes } from '../time.ts';
import type { Bytes } from '../time.ts';
import { parseLsn } from './lsn.ts';
import type { Lsn } from './lsn.ts';
import { parseTimeline } from './timeline.ts';
import type { Timeline } from './timeline.ts';

/** pg_controldata.c, dbState(). After an immediate stop or a crash it still says what was true before it. */
export const clusterStates = [
  'starting up',
  'shut down',
  'shut down in recovery',
  'shutting down',
  'in crash recovery',
  'in archive recovery',
  'in production',
] as const;

export type ClusterState = (typeof clusterStates)[number];

export interface ControlData {
  /** 1300 on 13 to 16, 1700 on 17, 1800 on 18. */
  readonly controlVersion: number;
  /** Text, for it has more digits than a JS number keeps. Shared by a primary and all its standbys. */
  readonly systemIdentifier: string;
  readonly state: ClusterState;
  readonly checkpoint: Lsn;
  readonly redo: Lsn;
  /** The latest *checkpoint's* timeline. Right after a promotion this is still the old one, until the next checkpoint (seen on 13, 15, 18). */
  readonly timeline: Timeline;
  /** The timeline before, where the checkpoint began a new one; else the same. */
  readonly prevTimeline: Timeline;
  /** As printed, in the server's own zone and locale: for people only. */
  readonly checkpointTime: string;
  /** Where recovery must come to before the data are consistent; absent on a cluster that needs none (`0/0`). */
  readonly minRecoveryEnd?: { readonly lsn: Lsn; readonly timeline: Timeline };
  /** A backup was restored, and its end is not reached yet. */
  readonly backupStart?: Lsn;
  /** A standby's backup must be replayed to here. */
  readonly backupEnd?: Lsn;
  readonly walLevel: string;
  /** pg_rewind needs this or data checksums on its target. */
  readonly walLogHints: boolean;
  readonly walSegmentSize: Bytes;
  /** 0: data checksums are off. */
  readonly checksumVersion: number;
  /** False where pg_controldata warned that the file's own checksum is wrong: then nothing else here can be relied on. */
  readonly intact: boolean;
}

/**
 * Reads the output of `LC_ALL=C pg_controldata` of 13 to 18 (in another language its labels are translated). Undefined where
 * a line that every version prints is missing or cannot be read.
 */
export function parseControlData(text: string): ControlData | undefined {
  const lines = new Map<string, string>();
  for (const [, label = '', value = ''] of text.matchAll(/^([^:\n]+):[ \t]*(.*?)\s*$/gm)) lines.set(label, value);
  const position = (label: string): Lsn | undefined => parseLsn(lines.get(label) ?? '');
  const number = (label: string): number | undefined => {
    const value = lines.get(label) ?? '';
    return /^\d+$/.test(value) ? Number(value) : undefined;
  };

  const controlVersion = number('pg_control version number');
  const systemIdentifier = lines.get('Database system identifier') ?? '';
  const state = clusterStates.find(known => known === lines.get('Database cluster state'));
  const checkpoint = position('Latest checkpoint location');
  const redo = position("Latest checkpoint's REDO location");
  const line = parseTimeline(lines.get("Latest checkpoint's TimeLineID") ?? '');
  const prevTimeline = parseTimeline(lines.get("Latest checkpoint's PrevTimeLineID") ?? '');
  const segment = number('Bytes per WAL segment');
  const checksumVersion = number('Data page checksum version');
  if (!/^\d+$/.test(systemIdentifier) || controlVersion === undefined || state === undefined) return undefined;
  if (checkpoint === undefined || redo === undefined || line === undefined || prevTimeline === undefined)
    return undefined;
  if (segment === undefined || checksumVersion === undefined) return undefined;

  const end = some(position('Minimum recovery ending location'));
  const endTimeline = parseTimeline(lines.get("Min recovery ending loc's timeline") ?? '');
  const backupStart = some(position('Backup start location'));
  const backupEnd = some(position('Backup end location'));
  return {
    controlVersion,
    systemIdentifier,
    state,
    checkpoint,
    redo,
    timeline: line,
    prevTimeline,
    checkpointTime: lines.get('Time of latest checkpoint') ?? '',
    ...(end !== undefined && endTimeline !== undefined && { minRecoveryEnd: { lsn: end, timeline: endTimeline } }),
    ...(backupStart !== undefined && { backupStart }),
    ...(backupEnd !== undefined && { backupEnd }),
    walLevel: lines.get('wal_level setting') ?? '',
    walLogHints: lines.get('wal_log_hints setting') === 'on',
    walSegmentSize: bytes(segment),
    checksumVersion,
    intact: !/CRC checksum does not match/i.test(text),
  };
}

/** PostgreSQL writes 0/0 for "there is none". */
function some(position: Lsn | undefined): Lsn | undefined {
  return position === 0n ? undefined : position;
}
