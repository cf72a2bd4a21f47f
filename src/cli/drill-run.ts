// One drill: a throw-away cluster, a load, act after act under one writer, and what a client saw of all that.

import { exits, Fault } from '../faults.ts';
import { loggingBackups } from '../lab/base-backups.ts';
import { loggingConnections } from '../lab/connections.ts';
import { createLab, type Lab, type LabOptions } from '../lab/lab.ts';
import { Load } from '../lab/load.ts';
import { replayed, written } from '../lab/replayed.ts';
import { rolesFit, rolesOf, standbysOf } from '../lab/roles.ts';
import { Writer } from '../lab/writer.ts';
import type { NodeName } from '../ports.ts';
import type { Act, Drill } from '../runbook/drill-types.ts';
import { instant, showBytes, showDuration } from '../time.ts';
import { loadBook } from './books.ts';
import { playAct } from './drill-act.ts';
import { tablesOf } from './drill-blow.ts';
import type { ActRecord, DrillRecord } from './drill-record.ts';
import { backUp } from './drill-repository.ts';
import type { Counts, Rehearse, Stage } from './drill-stage.ts';
import type { Terminal } from './terminal.ts';

export interface DrillOptions {
  readonly synchronous: boolean;
  readonly keep: boolean;
  /** What the cluster is made of, in place of an empty one: a rehearsal's. */
  readonly sandbox?: Pick<LabOptions, 'directory' | 'name' | 'seed' | 'settings'> & {
    /** What its tables must be where a proof asks for what was backed up; undefined where nobody knows. */
    readonly tables?: string | undefined;
  };
  /** How a runbook is rehearsed; absent in a rehearsal itself. */
  readonly rehearse?: Rehearse;
}

/** Carries a drill out. The lab is gone afterwards where `judge` finds nothing missing; else it stays to be looked into. */
export async function runDrill<T extends { readonly passed: boolean }>(
  terminal: Terminal,
  drill: Drill,
  options: DrillOptions,
  judge: (record: DrillRecord) => T,
): Promise<{ readonly verdict: T; readonly kept: string | null }> {
  const stop = options.sandbox?.seed?.stop;
  const say = (text: string): void => {
    // What takes long begins with a word: there it is heard that nobody wants it any more.
    if (stop?.aborted === true) throw new Fault('interrupted', 'interrupted');
    terminal.err(`${text}\n`);
  };
  const synchronous = options.synchronous || drill.topology.synchronous;
  say(`${drill.name}: ${drill.title}${synchronous ? ' (synchronous replication)' : ''}`);
  // A book that is missing or wrong is told before anything is made, not in the fourth act.
  for (const { runbook } of drill.acts) await loadBook(terminal, runbook.name, nodeNames(drill));
  const counts = {
    backups: drill.acts.some(({ proof }) => proof.baseBackups !== undefined),
    tables: drill.acts.some(({ proof }) => proof.tables !== undefined),
  };
  const { tables, ...sandbox } = options.sandbox ?? {};
  const lab = await createLab({
    ...sandbox,
    nodes: drill.topology.nodes,
    upstream: drill.topology.upstream,
    synchronous,
    settings: {
      ...sandbox.settings,
      ...(counts.backups && loggingBackups),
      ...(drill.acts.some(({ runbook }) => runbook.rehearse) && loggingConnections),
      ...drill.topology.settings,
    },
    tell: say,
  });
  const leave = (): void => process.exit(130);
  process.once('SIGTERM', leave);
  let kept: string | null = null;
  try {
    const state = { ...terminal, env: { ...terminal.env, XDG_STATE_HOME: `${lab.directory}/state` } };
    const verdict = judge(
      await inLab(state, drill, lab, { synchronous, counts, say, tables, rehearse: options.rehearse }),
    );
    kept = options.keep || !verdict.passed ? lab.directory : null;
    if (kept !== null) await leaveBehind(lab, options);
    return { verdict, kept };
  } finally {
    process.off('SIGTERM', leave);
    if (kept === null) await lab.destroy();
  }
}

/** Up, as one that was made by hand; or its files alone. Registered as ours, the next lab would take it for left over and remove it. */
async function leaveBehind(lab: Lab, { keep }: DrillOptions): Promise<void> {
  if (keep) lab.handOver();
  else await lab.halt();
}

const nodeNames = ({ topology }: Drill): string[] =>
  Array.from({ length: topology.nodes }, (_, at) => `node${String(at + 1)}`);

interface Outlook {
  readonly synchronous: boolean;
  readonly counts: Counts;
  readonly say: (text: string) => void;
  readonly tables: string | undefined;
  readonly rehearse: Rehearse | undefined;
}

async function inLab(
  terminal: Terminal,
  drill: Drill,
  lab: Lab,
  { synchronous, counts, say, tables, rehearse }: Outlook,
): Promise<DrillRecord> {
  const started = instant(new Date());
  const [home] = lab.nodes;
  if (!home) throw new Error('a lab has at least one node');
  const { repository } = drill.topology;
  const load = await Load.prepare(lab, home, { pgbench: drill.load.pgbench, loop: drill.load.loop });
  if (repository) await backUp(terminal, lab, repository);
  const backedUp =
    repository === undefined && tables === undefined
      ? undefined
      : {
          tables: tables ?? (counts.tables ? await tablesOf(lab, home.name) : undefined),
          // The first row is written later.
          rows: new Map<string, never[]>(),
        };
  const writer = new Writer(lab, { sessions: drill.load.writers });
  try {
    await load.begin();
    const postgres = (await lab.psql(home.name, 'show server_version')).trim();
    const unseen = { broken: [], noted: undefined, tables: undefined, past: undefined };
    const acts = await play({ terminal, lab, writer, load, say, counts, backedUp, rehearse, ...unseen }, drill);
    const roles = await rolesOf(lab);
    const end = acts.at(-1)?.primary.after ?? undefined;
    return {
      drill,
      synchronous,
      postgres,
      started,
      acts,
      ledger: await writer.compare(end ?? roles.find(({ role }) => role === 'standby')?.node),
      copies: end === undefined ? [] : await copiesOn(lab, writer, end, standbysOf(roles)),
      ended: instant(new Date()),
    };
  } finally {
    await Promise.all([load.stop(), writer.stop()]);
  }
}

/** Act after act, up to one that leaves nothing that the next could begin with. */
async function play(stage: Stage, drill: Drill): Promise<ActRecord[]> {
  const { lab, load, say } = stage;
  const played: ActRecord[] = [];
  for (const [at, act] of drill.acts.entries()) {
    if (drill.acts.length > 1) say(`act ${String(at + 1)} of ${String(drill.acts.length)}: ${heading(act)}`);
    const last = at === drill.acts.length - 1;
    const record = await playAct(stage, act, {
      warm: at === 0 ? () => warm(drill, stage) : () => Promise.resolve(),
      last,
    });
    played.push(record);
    const { after } = record.primary;
    if (record.end.exit !== exits.ok || !record.served || after === null || !rolesFit(record.roles, act.proof)) break;
    if (!last) await load.follow(lab.node(after));
  }
  await stage.writer.stop();
  return played;
}

const heading = ({ runbook, turn }: Act): string =>
  turn === undefined ? runbook.name : `${runbook.name}, ${String(turn.number)} of ${String(turn.of)}`;

async function warm({ load: { writers, pgbench, before, redo } }: Drill, { writer, load, say }: Stage): Promise<void> {
  say(`load: ${String(writers)} writers, ${String(pgbench)} pgbench clients, for ${showDuration(before)}`);
  await writer.reached(Number.POSITIVE_INFINITY, before);
  if (redo === 0) return;
  say(`writing until crash recovery would read ${showBytes(redo)} of WAL`);
  await load.untilRedo(redo);
}

/** Nothing is written any more: each standby comes to the end of the primary's WAL, and must then hold the same rows. */
async function copiesOn(
  lab: Lab,
  writer: Writer,
  primary: NodeName,
  standbys: readonly NodeName[],
): Promise<DrillRecord['copies']> {
  const end = await written(lab, primary);
  return Promise.all(
    standbys.map(async node => {
      await replayed(lab, node, end);
      return { node, ledger: await writer.compare(node) };
    }),
  );
}
