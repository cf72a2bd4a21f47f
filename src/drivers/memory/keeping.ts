// The repository of a simulated cluster: one backup, the WAL that was kept of it, and restores that flow through the process that asked for them.

import { Fault } from '../../faults.ts';
import { walDirectory } from '../../look/installation.ts';
import { type HostGuard, isSilent } from '../../ports.ts';
import { type Lsn, lsn, lsnDiff } from '../../postgres/lsn.ts';
import { type History, type Timeline, timeline } from '../../postgres/timeline.ts';
import type { Backup } from '../../repo/backup.ts';
import type { Chosen, Wish } from '../../repo/choose.ts';
import { HeldBack } from '../../repo/held-back.ts';
import type { Bringing, Keeping, Rescue, RestoreOrder } from '../../repo/keeping.ts';
import type { Lost } from '../../repo/lost.ts';
import type { RestorePlan } from '../../repo/restore-plan.ts';
import { controlPath, markerName } from '../../repo/restore-target.ts';
import { recoveryTarget } from '../../repo/target.ts';
import type { Unreachable } from '../../repo/unreachable.ts';
import type { WalKept } from '../../repo/wal-kept.ts';
import { bytes, type Instant } from '../../time.ts';
import { refusal } from './guard.ts';
import type { MemoryKept } from './kept.ts';
import type { MemoryNode } from './node.ts';
import type { MemoryProcess } from './process.ts';
import { segmentSize } from './wal.ts';
import type { World } from './world.ts';

const ended = '2026-11-21T03:10:00.000000Z' as Instant;
const line = timeline(1);

export function memoryKeeping(world: World, process: MemoryProcess, kept: MemoryKept): Keeping {
  const check = <T>(answer: T): Promise<T> => {
    process.check();
    return Promise.resolve(answer);
  };
  return {
    where: '/var/lib/lifeboat',
    way: wish => check(wayTo(kept, wish)),
    kept: () => check(walOf(kept)),
    lost: wish => check(lostAfter(kept, wish)),
    sound: () => check({ ok: true, what: 'all of it was read' }),
    plan: ({ chosen, into }) => check({ chosen, plan: planOf(into.data), lines: linesOf(chosen), spaces: [] }),
    restore: (order, way, guard, how) => restore(world, process, kept, { order, way, guard, how }),
    rescue: names => check(rescuing(kept, names)),
  };
}

function wayTo(kept: MemoryKept, wish: Wish): Chosen | Unreachable {
  const { target } = wish;
  const end = kept.ends.get(1) ?? lsn(0n);
  const at = placeOf(kept, wish, end);
  const backup = backupOf(kept);
  if (at === undefined || (target.is === 'xid' && at >= end)) {
    const reason = { is: 'after-last' as const, backup: backup.id, timeline: line, last: null, end };
    return { is: 'unreachable', target, reasons: [reason], nearest: { before: null, after: null }, unread: [] };
  }
  return {
    is: 'chosen',
    target,
    backup,
    timeline: line,
    path: [{ timeline: line, from: kept.start, to: null }],
    segments: [],
    histories: [],
    end:
      target.is === 'xid'
        ? { is: target.inclusive ? 'after' : 'before', lsn: at, time: ended, xid: target.xid }
        : { is: 'at', lsn: at, time: null, xid: null },
    recovery: { target: recoveryTarget(target), timeline: line },
    passed: [],
    notes: [],
    unread: [],
  };
}

function placeOf(kept: MemoryKept, { target }: Wish, end: Lsn): Lsn | undefined {
  if (target.is === 'xid') return kept.transactions.get(target.xid);
  return target.is === 'latest' ? end : target.is === 'immediate' ? kept.stop : undefined;
}

function lostAfter(kept: MemoryKept, wish: Wish): Lost | undefined {
  const to = kept.ends.get(1) ?? lsn(0n);
  const from = placeOf(kept, wish, to);
  if (from === undefined || from > to) return undefined;
  const last = from === to ? null : { xid: 743, committed: true, lsn: from, end: to, time: ended };
  const size = bytes(lsnDiff(to, from));
  return { from, to, size, commits: last ? 1 : 0, first: last, last, unseen: bytes(0), unread: [] };
}

const walOf = ({ start, ends }: MemoryKept): WalKept => ({
  segmentSize,
  histories: new Map<Timeline, History>(),
  stretches: [...ends].map(([number, to]) => ({ timeline: timeline(number), from: start, to, partial: null })),
});

const backupOf = ({ start, stop }: MemoryKept): Backup => ({
  format: 1,
  id: '20261121T030000Z-k3f9',
  cluster: 'main',
  label: 'lifeboat',
  status: 'ok',
  damaged: null,
  systemId: '7398712345678901234',
  version: '15.18',
  segmentSize,
  from: 'node2',
  role: 'standby',
  started: '2026-11-21T03:00:00.000Z' as Instant,
  stopped: '2026-11-21T03:01:00.000Z' as Instant,
  timeline: line,
  start,
  stop,
  stopTimeline: line,
  size: bytes(1_500_000_000),
  added: bytes(500_000_000),
  files: 1200,
  blocks: { all: 1600, stored: 500, patched: 0, same: 1100 },
  tablespaces: [],
  packs: [],
});

/** Of a plan that nothing stands against, what is asked for. */
const planOf = (where: string): RestorePlan =>
  ({ refusals: [], size: bytes(1_500_000_000), walSize: bytes(64 * 1024 * 1024), where }) as unknown as RestorePlan;

function linesOf({ target, end }: Chosen): string[] {
  return [
    ...(end.xid === null ? [] : [`recovery_target_xid = '${String(end.xid)}'`]),
    ...(target.is === 'immediate' ? ["recovery_target = 'immediate'"] : []),
    `recovery_target_inclusive = '${end.is === 'before' ? 'off' : 'on'}'`,
    "recovery_target_timeline = '1'",
    'restore_command = \'cp pg_wal/lifeboat/%f "%p"\'',
    "archive_mode = 'off'",
    "synchronous_standby_names = ''",
  ];
}

function rescuing(kept: MemoryKept, names: readonly string[]): Rescue {
  const wanted = names.filter(name => /^[0-9A-F]{24}$/.test(name));
  let brought = 0;
  return {
    wanted,
    take(_name, content) {
      if (content.length === 0) return Promise.resolve(undefined);
      const { timeline: number, upTo } = JSON.parse(content.toString()) as { timeline: number; upTo: string };
      const to = lsn(BigInt(upTo));
      if (to > (kept.ends.get(number) ?? lsn(0n))) {
        kept.ends.set(number, to);
        brought += 1;
      }
      return Promise.resolve(undefined);
    },
    end: () => Promise.resolve({ brought, quarantined: [] }),
  };
}

interface Asked {
  readonly order: RestoreOrder;
  readonly way: Parameters<Keeping['restore']>[1];
  readonly guard: HostGuard;
  readonly how: Bringing;
}

/** What is there when the process dies, or its connection, stays: pg_control comes last, and until then a marker tells whose it is. */
async function restore(world: World, process: MemoryProcess, kept: MemoryKept, asked: Asked) {
  const { order, way, guard, how } = asked;
  const broke = (): Fault => new Fault('unreachable', 'the connection broke', { on: order.on });
  const node = world.reached(order.on);
  if (isSilent(node)) throw new Fault('unreachable', node.silent, { on: order.on });
  const command = process.next();
  if (process.cut(command, 'before')) throw broke();
  const held = refusal(node, guard);
  if (held) throw new HeldBack(order.on, held);
  world.executed({ on: node.name, run: null, op: null, what: `restore ${way.backup}` });
  const { data } = order.into;
  world.effect(() => {
    node.files.set(`${data}/${markerName}`, { text: '' });
    node.files.set(`${data}/base/1`, { text: 'half' });
  });
  await world.time.sleep(1000, process);
  how.tell({ written: bytes(750_000_000), same: bytes(0) });
  if (process.cut(command, 'started')) throw broke();
  await world.time.sleep(1000, process);
  const again = refusal(node, guard);
  if (again) throw new HeldBack(order.on, again);
  world.effect(() => finish(node, data, kept, way.end.lsn));
  if (process.cut(command, 'effect') || process.cut(command, 'end')) throw broke();
  return { written: way.size };
}

function finish(node: MemoryNode, data: string, kept: MemoryKept, end: string): void {
  node.files.delete(`${data}/${markerName}`);
  for (const name of ['PG_VERSION', controlPath, 'base/1', 'recovery.signal'])
    node.files.set(`${data}/${name}`, { text: name === 'PG_VERSION' ? '15' : '' });
  node.files.set(`${data}/postgresql.auto.conf`, { text: "primary_conninfo = 'host=172.16.3.101'" });
  // A sandbox beside the node's own data changes nothing of what the node is.
  if (data !== node.site.postgres.data) return;
  node.files.set(`${walDirectory(node.site)}/lifeboat/${end.replace('/', '')}`, { text: '' });
  node.wal.clear();
  node.wal.set(1, { from: kept.start, end: kept.stop });
  node.role = 'standby';
  node.clean = false;
  node.timeline = node.controlTimeline = 1;
  node.received = null;
  node.replayed = kept.stop;
}
