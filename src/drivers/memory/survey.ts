// One look at a simulated node: what its shell and its server would tell.

import type { ControlData } from '../../postgres/control-data.ts';
import { fenceReason } from '../../postgres/fence.ts';
import type { Readiness } from '../../postgres/isready.ts';
import { lsn } from '../../postgres/lsn.ts';
import { timeline } from '../../postgres/timeline.ts';
import { type PathState, type Sender, type ServerSaid, type Survey, surveyedSettings } from '../../ports.ts';
import { bytes, type Instant, ms } from '../../time.ts';
import { endOfWal, isDown, type MemoryNode } from './node.ts';
import { setting } from './preflight.ts';
import { hasSignal } from './server.ts';
import { fenceOf } from './standby.ts';
import { segmentSize } from './wal.ts';

/** What a survey needs of the world around the node. */
export interface Surroundings {
  readonly now: Instant;
  readonly ticks: number;
  /** Whether its WAL receiver is fed. */
  readonly streaming: boolean;
  readonly senders: readonly Sender[];
}

export function readiness(node: MemoryNode): Readiness {
  if (!node.reachable || node.server === null || node.server.frozen) return 'no-response';
  return node.server.accepting ? 'accepting' : 'rejecting';
}

export function pathState(node: MemoryNode, path: string): PathState {
  if (path.startsWith(`${node.site.postgres.bin}/`)) return 'full';
  if ([...node.files.keys()].some(one => one === path || one.startsWith(`${path}/`))) return 'full';
  return 'absent';
}

export function survey(node: MemoryNode, around: Surroundings): Survey {
  const { data } = node.site.postgres;
  const { server } = node;
  const pids = Array.from({ length: node.sessions }, (_, n) => ({ pid: 5000 + n, state: 'S', command: 'postgres' }));
  const free = bytes(50 * 1024 ** 3);
  return {
    at: around.now,
    hostKey: node.hostKey,
    processes: server ? [{ pid: server.pid, state: server.frozen ? 'T' : 'S', command: 'postgres' }, ...pids] : pids,
    postmaster: server && { pid: server.pid, started: server.started },
    data: pathState(node, data),
    control: node.files.has(`${data}/PG_VERSION`) ? control(node) : null,
    standbySignal: hasSignal(node),
    fence: fenceReason(fenceOf(node) ?? '') ?? null,
    ready: readiness(node),
    server: answers(node)
      ? serverSaid(node, around)
      : { silent: server ? 'no answer within 3 s' : 'connection refused', unreachable: false },
    log: node.log.end(),
    walWritable: true,
    free: { data: free, wal: free },
    lock: node.lock && { ...node.lock, age: ms(around.ticks - node.lock.beat) },
  };
}

/** A new connection is answered. */
export const answers = (node: MemoryNode): boolean => readiness(node) === 'accepting';

/** `PID@START`, or `none`. */
export const postmasterOf = ({ server }: MemoryNode): string =>
  server ? `${String(server.pid)}@${String(server.started)}` : 'none';

function serverSaid(node: MemoryNode, { now, streaming, senders }: Surroundings): ServerSaid {
  const primary = node.role === 'primary';
  return {
    inRecovery: !primary,
    timeline: node.timeline,
    written: primary ? endOfWal(node) : null,
    received: node.received,
    replayed: node.replayed,
    replayPaused: node.paused,
    lastTransaction: node.lastTransaction,
    systemId: node.systemId,
    version: node.version,
    readOnly: node.settings.get('default_transaction_read_only') === 'on',
    receiver: streaming
      ? { status: 'streaming', timeline: node.timeline, latestEnd: node.received, latestEndTime: now }
      : null,
    senders,
    settings: Object.fromEntries(surveyedSettings.map(name => [name, node.settings.get(name) ?? ''])),
  };
}

function control(node: MemoryNode): ControlData {
  const up = isDown(node) && node.clean ? 'shut down' : 'in production';
  // A shutdown checkpoint is the last record there is.
  const checkpoint =
    isDown(node) && node.clean
      ? lsn(endOfWal(node) - 48n)
      : lsn(endOfWal(node) > 4096n ? endOfWal(node) - 4096n : endOfWal(node));
  const line = timeline(node.controlTimeline);
  return {
    controlVersion: 1300,
    systemIdentifier: node.systemId,
    state: node.role === 'primary' ? up : isDown(node) && node.clean ? 'shut down in recovery' : 'in archive recovery',
    checkpoint,
    redo: checkpoint,
    timeline: line,
    prevTimeline: line,
    checkpointTime: 'Sat 21 Nov 2026 03:00:00 AM UTC',
    walLevel: setting(node, 'wal_level'),
    walLogHints: true,
    walSegmentSize: bytes(segmentSize),
    checksumVersion: 0,
    intact: true,
  };
}
