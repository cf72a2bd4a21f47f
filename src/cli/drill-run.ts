// One drill: a throw-away cluster, a load, a fault, the runbook that answers it, and what a client saw of all that.

import type { End } from '../engine/end.ts';
import type { JournalEvent } from '../engine/events.ts';
import { refusals, type ShownPlan } from '../engine/planned.ts';
import { wordsOf } from '../engine/book.ts';
import { startRun } from '../engine/run.ts';
import { Fault } from '../faults.ts';
import { faults } from '../lab/faults/index.ts';
import { createLab, type Lab, type LabNode } from '../lab/lab.ts';
import type { Ledger } from '../lab/ledger.ts';
import { Load } from '../lab/load.ts';
import { until } from '../lab/probe.ts';
import { type ReadyRun, Sampler } from '../lab/sampler.ts';
import { type Moment, Writer } from '../lab/writer.ts';
import type { NodeName } from '../ports.ts';
import type { Drill } from '../runbook/drill-types.ts';
import { instant, type Instant, seconds, showBytes, showDuration } from '../time.ts';
import { acceptedLoss } from './options.ts';
import { prepare } from './prepare.ts';
import { createRun, journalOf, newRunId } from './run-directory.ts';
import type { Terminal } from './terminal.ts';
import { watched } from './watched.ts';

declare const LIFEBOAT_VERSION: string;

/** Everything that was seen in a drill; what it proves is judged from this alone. */
export interface DrillRecord {
  readonly drill: Drill;
  readonly synchronous: boolean;
  readonly directory: string;
  readonly postgres: string;
  readonly started: Instant;
  readonly ended: Instant;
  readonly broken: NodeName;
  readonly successor: NodeName;
  readonly brokenAt: Instant;
  readonly plan: ShownPlan;
  readonly events: readonly JournalEvent[];
  readonly end: End;
  readonly timeline: { readonly before: number; readonly after: number | null };
  readonly ledger: Ledger;
  readonly readiness: readonly ReadyRun[];
  /** The client's last acknowledgement by the old primary, and its first by the new one. */
  readonly gap: { readonly last: Moment | undefined; readonly first: Moment | undefined };
}

export interface DrillOptions {
  readonly synchronous: boolean;
  readonly keep: boolean;
}

/** Rows that the new primary must acknowledge before the drill believes that it works. */
const rowsAfterwards = 50;

/** Carries a drill out. The lab is gone afterwards where `judge` finds nothing missing; else it stays to be looked into. */
export async function runDrill<T extends { readonly passed: boolean }>(
  terminal: Terminal,
  drill: Drill,
  options: DrillOptions,
  judge: (record: DrillRecord) => T,
): Promise<{ readonly verdict: T; readonly kept: string | null }> {
  const say = (text: string): void => {
    terminal.err(`${text}\n`);
  };
  const synchronous = options.synchronous || drill.topology.synchronous;
  say(`${drill.name}: ${drill.title}${synchronous ? ' (synchronous replication)' : ''}`);
  const lab = await createLab({
    nodes: drill.topology.nodes,
    synchronous,
    settings: drill.topology.settings,
    tell: say,
  });
  const leave = (): void => process.exit(130);
  process.once('SIGTERM', leave);
  let kept: string | null = null;
  try {
    const verdict = judge(
      await inLab(
        { ...terminal, env: { ...terminal.env, XDG_STATE_HOME: `${lab.directory}/state` } },
        drill,
        lab,
        synchronous,
        say,
      ),
    );
    kept = options.keep || !verdict.passed ? lab.directory : null;
    return { verdict, kept };
  } finally {
    process.off('SIGTERM', leave);
    if (kept === null) await lab.destroy();
  }
}

async function inLab(
  terminal: Terminal,
  drill: Drill,
  lab: Lab,
  synchronous: boolean,
  say: (text: string) => void,
): Promise<DrillRecord> {
  const started = instant(new Date());
  const broken = nodeFor(lab, drill.fault.on);
  const successor = lab.nodes.find(node => node !== broken) ?? broken;
  const writer = new Writer(lab, { sessions: drill.load.writers });
  const load = await Load.start(lab, broken, { pgbench: drill.load.pgbench, loop: drill.load.loop });
  const sampler = new Sampler(lab, broken);
  try {
    const before = Number(await lab.psql(broken.name, 'select timeline_id from pg_control_checkpoint()'));
    const postgres = (await lab.psql(broken.name, 'show server_version')).trim();
    await warm(drill, writer, load, say);
    await sight(terminal, drill, lab);
    const brokenAt = await breakNode(lab, drill, broken, sampler, say);
    const { plan, events, end } = await answer(terminal, drill, lab, broken);
    const works = end.exit === 0 && (await writer.reached(rowsAfterwards, seconds(30), successor.name));
    if (!works) say(`${successor.name} acknowledged no ${String(rowsAfterwards)} rows`);
    await writer.stop();
    const reached = await lab.psql(successor.name, currentTimeline).then(Number, () => null);
    return {
      drill,
      synchronous,
      directory: lab.directory,
      postgres,
      started,
      ended: instant(new Date()),
      broken: broken.name,
      successor: successor.name,
      brokenAt,
      plan,
      events,
      end,
      timeline: { before, after: reached },
      ledger: await writer.compare(successor.name),
      readiness: sampler.runs,
      gap: { last: writer.acknowledgedBy(broken.name)?.last, first: writer.acknowledgedBy(successor.name)?.first },
    };
  } finally {
    await Promise.all([sampler.stop(), load.stop(), writer.stop()]);
  }
}

/** pg_control lags behind a promotion until the next checkpoint, so the name of the WAL file in hand tells. */
const currentTimeline =
  "select case when pg_is_in_recovery() then null else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end";

function nodeFor(lab: Lab, on: string): LabNode {
  const [first] = lab.nodes;
  return on === 'primary' && first ? first : lab.node(on);
}

async function warm(drill: Drill, writer: Writer, load: Load, say: (text: string) => void): Promise<void> {
  const { before, redo } = drill.load;
  say(
    `load: ${String(drill.load.writers)} writers, ${String(drill.load.pgbench)} pgbench clients, for ${showDuration(before)}`,
  );
  await writer.reached(Number.POSITIVE_INFINITY, before);
  if (redo === 0) return;
  say(`writing until crash recovery would read ${showBytes(redo)} of WAL`);
  await load.untilRedo(redo);
}

/** Returns once the node no longer accepts connections: then somebody is called out of bed. */
async function breakNode(
  lab: Lab,
  drill: Drill,
  node: LabNode,
  sampler: Sampler,
  say: (text: string) => void,
): Promise<Instant> {
  const fault = faults.get(drill.fault.fault);
  if (!fault) throw new Fault('invalid', `no fault is named "${drill.fault.fault}"`);
  const at = instant(new Date());
  say(`fault: ${fault.name} on ${node.name}`);
  await fault.break(lab, node, drill.fault.with);
  const bitten = await until(60_000, () => sampler.last !== undefined && sampler.last.is !== 'accepting');
  if (!bitten) throw new Fault('failed', `the fault ${fault.name} did not bite within 60 s`, { on: node.name });
  return at;
}

/** As a monitor would have seen the cluster before the fault: twice, for the rate at which it writes. */
async function sight(terminal: Terminal, drill: Drill, lab: Lab): Promise<void> {
  const seen = await prepare(terminal, drill.runbook.name, { inventory: lab.inventoryFile });
  try {
    for (let times = 0; times < 2; times += 1) await seen.lastSeen.note(seen.look());
  } finally {
    await seen.site.close();
  }
}

async function answer(terminal: Terminal, drill: Drill, lab: Lab, broken: LabNode) {
  const { name, params, acceptLoss, acceptUnfenced } = drill.runbook;
  const prepared = await prepare(terminal, name, {
    inventory: lab.inventoryFile,
    param: Object.entries(params).map(([key, value]) => `${key}=${String(value)}`),
    acceptUnfenced: acceptUnfenced.map(one => (one === 'primary' ? broken.name : one)),
  });
  try {
    const { book, plan } = await prepared.plan(prepared.told);
    const refused = refusals(plan, check => wordsOf(book.checks, check));
    if (refused.length > 0) {
      const why = refused.map(
        ({ words, verdict }) => `${words}: ${verdict.is === 'fails' ? verdict.found : verdict.why}`,
      );
      return { plan, events: [], end: { exit: 4, why: `refused: ${why.join('; ')}`, hint: null } };
    }
    const run = newRunId(name, new Date());
    const directory = await createRun(terminal, run, {
      'runbook.yaml': prepared.runbook.text,
      'inventory.yaml': prepared.inventory.text,
    });
    const events: JournalEvent[] = [];
    const end = await watched(terminal, { checks: book.checks, json: false, history: [] }, ({ stop, tell }) =>
      startRun(
        book,
        {
          run,
          plan,
          told: prepared.told,
          version: LIFEBOAT_VERSION,
          options: { yes: true, acceptLoss: acceptedLoss(acceptLoss) },
        },
        {
          site: prepared.site,
          ledger: journalOf(directory),
          person: undefined,
          stop,
          tell: news => {
            if (news.is === 'event') events.push(news.event);
            tell(news);
          },
          lastSeen: prepared.lastSeen.of,
          takeOver: false,
        },
      ),
    );
    return { plan, events, end };
  } finally {
    await prepared.site.close();
  }
}
