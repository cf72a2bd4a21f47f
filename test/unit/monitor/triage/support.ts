// Evidence of a made-up cluster: healthy as it stands, so that a test says only what is wrong with it.

import type { ClusterEvidence, LogLine, NodeEvidence, ServerDetails } from '../../../../src/monitor/triage/evidence.ts';
import type { CauseName, Finding } from '../../../../src/monitor/triage/finding.ts';
import { triage } from '../../../../src/monitor/triage/index.ts';
import { logLines } from '../../../../src/monitor/triage/log-story.ts';
import type { NodeName, ServerSaid, Silent, Survey } from '../../../../src/ports.ts';
import type { ControlData } from '../../../../src/postgres/control-data.ts';
import type { Disks } from '../../../../src/postgres/commands-disk.ts';
import { parseLog } from '../../../../src/postgres/log-line.ts';
import { parseLsn, type Lsn } from '../../../../src/postgres/lsn.ts';
import { parseHistory, timeline } from '../../../../src/postgres/timeline.ts';
import type { NodeSite } from '../../../../src/runbook/inventory-types.ts';
import { bytes, type Instant, ms } from '../../../../src/time.ts';

export const lsn = (text: string): Lsn => parseLsn(text)!;
export const now = '2026-11-21T15:00:00.000000Z' as Instant;
const segment = bytes(16 * 1024 * 1024);

export const silent = (why: string, unreachable = false): Silent => ({ silent: why, unreachable });

/** Lines as PostgreSQL 15 of a lab wrote them, each under the lab's prefix. */
export function log(...messages: readonly string[]): LogLine[] {
  const text = messages.map((message, i) => `2026-11-21 14:59:${String(i).padStart(2, '0')}.000 UTC [77] ${message}\n`);
  const { entries } = parseLog(text.join(''), { format: 'stderr', prefix: '%m [%p] ', offset: 1000 });
  return entries.flatMap(entry => logLines({ ...entry, file: '/log/postgresql.log' }));
}

const site = (name: string): NodeSite =>
  ({
    name: name as NodeName,
    ssh: { host: name },
    postgres: {
      data: '/data',
      wal: '/wal',
      archive: '/archive',
      bin: '/bin',
      port: 5432,
      host: name,
      socket: '/run',
      user: 'postgres',
      database: 'postgres',
      log: '/log/postgresql.log',
      service: undefined,
    },
    work: undefined,
  }) as unknown as NodeSite;

export const control = (state: ControlData['state'], more: Partial<ControlData> = {}): ControlData => ({
  controlVersion: 1300,
  systemIdentifier: '7',
  state,
  checkpoint: lsn('0/2000028'),
  redo: lsn('0/2000028'),
  timeline: timeline(1),
  prevTimeline: timeline(1),
  checkpointTime: '',
  walLevel: 'replica',
  walLogHints: false,
  walSegmentSize: segment,
  checksumVersion: 1,
  intact: true,
  ...more,
});

const details: ServerDetails = {
  slots: [],
  slotName: '',
  applyDelay: ms(0),
  archiver: { failed: 0, lastFailed: null, lastFailedAt: null, lastArchivedAt: null },
  clients: 0,
  syncWaits: { sessions: 0, longest: null },
};

const disks: Disks = {
  wal: { access: 'drwx------ postgres postgres', size: bytes(2 ** 30), free: bytes(2 ** 29) },
  archive: null,
  newestSegment: '000000010000000000000002',
  toArchive: 0,
  histories: [],
};

export const history = (line: number, text: string): Disks['histories'][number] => ({
  file: `/wal/0000000${line}.history`,
  timeline: timeline(line),
  history: parseHistory(text, timeline(line)),
});

const server = (more: Partial<ServerSaid>): ServerSaid => ({
  inRecovery: false,
  timeline: 1,
  written: null,
  received: null,
  replayed: null,
  replayPaused: false,
  lastTransaction: null,
  systemId: '7',
  version: 150018,
  readOnly: false,
  receiver: null,
  senders: [],
  settings: {},
  ...more,
});

const survey = (said: Survey['server'], more: Partial<Survey>): Survey => ({
  at: now,
  hostKey: 'SHA256:x',
  processes: [{ pid: 77, state: 'S', command: 'postgres' }],
  postmaster: { pid: 77, started: 1 },
  data: 'full',
  control: control('in production'),
  standbySignal: false,
  fence: null,
  ready: 'accepting',
  server: said,
  log: { file: '/log/postgresql.log', inode: 1, offset: 2000 },
  walWritable: true,
  free: { data: bytes(2 ** 30), wal: bytes(2 ** 30) },
  lock: null,
  ...more,
});

export interface Changes {
  readonly said?: Partial<ServerSaid>;
  readonly survey?: Partial<Survey> | Silent;
  readonly details?: Partial<ServerDetails> | null;
  readonly disks?: Partial<Disks>;
  readonly rest?: Partial<NodeEvidence>;
  readonly log?: readonly string[];
}

export function primary(name: string, changes: Changes = {}): NodeEvidence {
  return node(name, { written: lsn('0/2000100'), ...changes.said }, {}, changes);
}

export function standby(name: string, changes: Changes = {}): NodeEvidence {
  const at = { received: lsn('0/2000100'), replayed: lsn('0/2000100') };
  const receiver = { status: 'streaming', timeline: 1, latestEnd: null, latestEndTime: null };
  const signs = { standbySignal: true, control: control('in archive recovery') };
  const said = {
    inRecovery: true,
    receiver,
    settings: { primary_conninfo: 'host=node1 user=repuser' },
    ...at,
    ...changes.said,
  };
  const found = node(name, said, signs, changes);
  return {
    ...found,
    upstream: { address: 'node1', port: 5432, node: 'node1' as NodeName, answer: null, ...changes.rest?.upstream },
  };
}

/** A server that is down: no process, and no answer. */
export const downWith = (state: ControlData['state'], more: Partial<Survey> = {}): Partial<Survey> => ({
  server: silent('no socket'),
  ready: 'no-response',
  postmaster: null,
  processes: [],
  control: control(state),
  ...more,
});

function node(name: string, said: Partial<ServerSaid>, signs: Partial<Survey>, changes: Changes): NodeEvidence {
  const changed = changes.survey;
  const found = changed && 'silent' in changed ? changed : survey(server(said), { ...signs, ...changed });
  const answers = !('silent' in found) && found.ready === 'accepting';
  return {
    node: name as NodeName,
    site: site(name),
    survey: found,
    witnesses: [{ from: 'here', answer: answers ? 'accepting' : 'no-response' }],
    lines: log(...(changes.log ?? [])),
    server: answers && changes.details !== null ? { ...details, ...changes.details } : null,
    disks: { ...disks, ...changes.disks },
    upstream: null,
    ...changes.rest,
  };
}

export const cluster = (...nodes: readonly NodeEvidence[]): ClusterEvidence => ({
  at: now,
  home: 'node1' as NodeName,
  nodes,
  options: [],
});

/** `node2 slot-lost`, in the order of the report. */
export const causesIn = (...nodes: readonly NodeEvidence[]): string[] =>
  triage(cluster(...nodes)).map(finding => `${finding.node} ${finding.cause}`);

/** The finding of that name; fails where there is none. */
export function found(cause: CauseName, ...nodes: readonly NodeEvidence[]): Finding {
  const findings = triage(cluster(...nodes));
  const one = findings.find(finding => finding.cause === cause);
  if (!one) throw new Error(`found ${findings.map(finding => finding.cause).join(', ') || 'nothing'}, not ${cause}`);
  return one;
}
