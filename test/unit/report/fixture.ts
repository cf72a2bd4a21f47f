// A small cluster as a look sees it, and plans made over it by the real actions and checks.
import { isBranches } from '../../../src/actions/action.ts';
import { actions } from '../../../src/actions/index.ts';
import { checks } from '../../../src/checks/index.ts';
import type { BoundBook } from '../../../src/engine/book.ts';
import { Assumptions, forecast } from '../../../src/engine/forecast.ts';
import { hasNever, type PlannedStep, type ShownPlan, type Way, worstOf } from '../../../src/engine/planned.ts';
import { views } from '../../../src/engine/views.ts';
import { kindOf } from '../../../src/look/check.ts';
import type { Facts, Known } from '../../../src/look/facts.ts';
import type { Look } from '../../../src/look/look.ts';
import type { Op } from '../../../src/ops.ts';
import type { NodeName } from '../../../src/ports.ts';
import { type Lsn, parseLsn } from '../../../src/postgres/lsn.ts';
import type { Check, StepId } from '../../../src/runbook/book-types.ts';
import type { Cluster, NodeSite } from '../../../src/runbook/inventory-types.ts';
import { bytes, type Instant, seconds } from '../../../src/time.ts';

export { checks };
export const node = (name: string): NodeName => name as NodeName;
export const id = (name: string): StepId => name as StepId;
export const at = (time: string): Instant => `2026-11-21T${time}Z` as Instant;
export const lsn = (text: string): Lsn => parseLsn(text)!;
export const check = (name: string, on: string, params: object = {}): Check => ({
  check: name,
  on: node(on),
  with: params,
});

const site = (name: string, number: number): NodeSite => ({
  name: node(name),
  ssh: { host: `172.16.3.10${String(number)}`, user: 'postgres' },
  postgres: {
    data: '/disk1/data',
    wal: '/disk2/pg_wal',
    archive: '/disk3/archive',
    broken: '/disk4/broken',
    backup: undefined,
    restoreCommand: undefined,
    tablespaces: {},
    bin: '/usr/lib/postgresql/15/bin',
    port: 5432,
    host: `172.16.3.10${String(number)}`,
    socket: '/tmp',
    log: undefined,
    user: 'postgres',
    database: 'postgres',
    via: 'socket',
    secret: undefined,
    service: undefined,
  },
  work: undefined,
});

export const cluster: Cluster = {
  name: 'main',
  home: { primary: node('node1') },
  replication: undefined,
  hooks: { fence: undefined, moved: undefined },
  objective: { rto: undefined, rpo: bytes(0) },
  monitor: { interval: seconds(10), downAfter: 3, upAfter: 2, hook: undefined },
  nodes: [site('node1', 1), site('node2', 2)],
};

export type World = Readonly<Record<string, Partial<Facts> | { readonly silent: string }>>;

const standby: Partial<Facts> = {
  reachable: true,
  ready: 'accepting',
  role: 'standby',
  processes: 6,
  timeline: 1,
  version: 150018,
  received: lsn('0/1A2B3C8'),
  replayed: lsn('0/1A2B3C8'),
  replayPaused: false,
  lastTransaction: at('03:12:43.800'),
  writable: false,
  restoreCommand: 'cp /disk3/archive/%f %p',
  synchronousStandbyNames: 'node1',
  streaming: false,
};

/** The primary hangs: its host answers, its processes live, nobody gets a connection. */
export const frozen: World = {
  node1: { reachable: true, ready: 'no-response', processes: 7, version: 150018 },
  node2: standby,
};
/** Nothing of the primary answers. */
export const gone: World = { node1: { silent: 'no route to host' }, node2: standby };
/** Nothing is wrong. */
export const healthy: World = {
  node1: {
    reachable: true,
    ready: 'accepting',
    role: 'primary',
    processes: 9,
    timeline: 1,
    written: lsn('0/1A2B3F0'),
    writable: true,
  },
  node2: { ...standby, replayPaused: true },
};

/** Facts absent from the world are silent ones. */
export function lookAt(world: World): Look {
  const fact = <T>(on: NodeName, name: string): Known<T> => {
    const facts = world[on]!;
    if ('silent' in facts) {
      return name === 'reachable'
        ? { is: 'seen', value: false as T, at: at('03:12:45') }
        : { is: 'silent', why: facts.silent, unreachable: true };
    }
    const value = (facts as Record<string, T>)[name];
    return value === undefined
      ? { is: 'silent', why: 'the server does not say', unreachable: false }
      : { is: 'seen', value, at: at('03:12:45') };
  };
  const silent = { is: 'silent', why: 'not asked', unreachable: false } as const;
  return {
    cluster,
    node: on => cluster.nodes.find(({ name }) => name === on)!,
    now: () => at('03:12:45'),
    started: at('03:12:45'),
    fact: (on, name) => Promise.resolve(fact(on, name)),
    found: (on, name) => Promise.resolve(fact(on, name)),
    way: () => Promise.resolve(silent),
    kept: () => Promise.resolve(silent),
    lost: () => Promise.resolve(silent),
    sound: () => Promise.resolve(silent),
    restore: () => Promise.resolve(silent),
    tablespaces: () => Promise.resolve(silent),
    witness: on => Promise.resolve(fact(on, 'ready')),
    path: () => Promise.resolve(silent),
    files: () => Promise.resolve(silent),
    senders: () => Promise.resolve(silent),
    rows: () => Promise.resolve({ is: 'seen', value: [['16777216']], at: at('03:12:45') }),
    log: () => Promise.resolve(silent),
    endOfWal: () => Promise.resolve(silent),
    control: () => Promise.resolve(silent),
    history: () => Promise.resolve(silent),
    checkpointBefore: () => Promise.resolve(silent),
    dump: () => Promise.resolve(silent),
    read: () => Promise.resolve(silent),
    lastSeen: on =>
      on === 'node1' ? { at: at('03:12:44'), timeline: 1, lsn: lsn('0/1A2B3C8'), rate: null } : undefined,
    mark: undefined,
    markOf: () => undefined,
  };
}

export interface Wanted {
  readonly id: string;
  readonly title?: string;
  readonly action: string;
  readonly with: object;
  readonly expect?: readonly Check[];
  readonly over?: Partial<PlannedStep>;
}

/** Steps of the shipped failover. */
export const failover: readonly Wanted[] = [
  {
    id: 'really-down',
    title: 'Make sure that the primary does not answer',
    action: 'wait',
    with: { until: check('ready', 'node1', { is: ['no-response'] }), for: 30_000, every: 500, at_most: 600_000 },
  },
  {
    id: 'fence',
    title: 'Stop what is left of the old primary',
    action: 'stop',
    with: { node: 'node1', modes: ['fast', 'immediate', 'kill'], within: 30_000 },
  },
  { id: 'salvage', title: 'Bring over the WAL', action: 'salvage-wal', with: { from: 'node1', to: 'node2' } },
  { id: 'detach-archive', action: 'restore-command', with: { node: 'node2', command: '' } },
  {
    id: 'promote',
    title: 'Promote the standby',
    action: 'promote',
    with: { node: 'node2', instead_of: 'node1' },
    expect: [
      check('log', 'node2', {
        says: ['promote-requested', 'redo-ended', 'new-timeline', 'archive-recovery-complete', 'accepting-connections'],
      }),
    ],
  },
  { id: 'release-commits', action: 'synchronous-standbys', with: { node: 'node2', names: 'auto' } },
  { id: 'prove', action: 'prove-writable', with: { node: 'node2' } },
  {
    id: 'next',
    title: 'What to do next',
    action: 'note',
    with: { text: 'node2 is the primary now, alone. Take a base backup of it at once, then rebuild node1.' },
  },
];

const way = (name: string, when: string | null, ops: readonly Op[]): Way => ({
  name,
  when,
  ops: ops.map(op => ({ op, guard: null })),
  worst: worstOf(ops),
});

/** As the engine plans: each step on what the ones before it promise. */
export async function planOf(world: World, wanted: readonly Wanted[] = failover): Promise<ShownPlan> {
  const assumed = new Assumptions();
  const look = lookAt(world);
  const steps: PlannedStep[] = [];
  for (const [i, one] of wanted.entries()) {
    const seen = forecast(look, assumed);
    const plan = await actions.get(one.action)!.plan(one.with, seen);
    const needs = await Promise.all(
      plan.needs.map(async it => ({ check: it, verdict: await kindOf(checks, it).test(it.on, it.with, seen) })),
    );
    const what = plan.do;
    const step: PlannedStep = {
      id: id(one.id),
      number: i + 1,
      title: one.title ?? one.id,
      action: one.action,
      happens: true,
      needs,
      ways: isBranches(what)
        ? Object.entries(what.oneOf).map(([name, { when, ops, worst, promise }]) => ({
            ...way(name, when, ops),
            worst,
            ...(promise && { promise }),
          }))
        : [way('only', null, what.ops)],
      ...(isBranches(what) && { decidedAfter: what.after }),
      promise: [...plan.promise, ...(one.expect ?? [])],
      ...(!isBranches(what) && what.loss !== undefined && { loss: what.loss }),
      ...(!isBranches(what) && what.why !== undefined && { why: what.why }),
      retry: 0,
      onFailure: 'stop',
      marked: false,
      ...one.over,
    };
    steps.push(step);
    assumed.take(step, checks);
  }
  const commit = steps.findIndex(hasNever);
  const roles = { primary: node('node1'), standby: node('node2') };
  return {
    book: 'failover',
    title: 'The primary is lost; make the standby the primary',
    cluster: 'main',
    inventory: 'lifeboat.yaml',
    started: at('03:12:45'),
    roles,
    views: await views({ roles, cluster } as unknown as BoundBook, look),
    steps,
    commit: commit === -1 ? null : commit,
    fingerprint: '7c1f03',
  };
}
