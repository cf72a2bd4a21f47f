// A book rehearsed within a drill: on a copy that is made of the repository of the drill's cluster, which goes on under its writer meanwhile.

import { readdirSync } from 'node:fs';
import type { End } from '../engine/end.ts';
import { exits, Fault } from '../faults.ts';
import { connectionsSince } from '../lab/connections.ts';
import { makeDirectories } from '../lab/ownership.ts';
import { until } from '../lab/probe.ts';
import { processesOf } from '../lab/processes.ts';
import { written } from '../lab/replayed.ts';
import type { NodeName } from '../ports.ts';
import { parseLsn } from '../postgres/lsn.ts';
import type { DrillReport } from '../report/drill-report.ts';
import { listBackups } from '../repo/catalog.ts';
import type { ClusterRepository } from '../repo/repository.ts';
import { walKept } from '../repo/wal-catalog.ts';
import type { Drill } from '../runbook/drill-types.ts';
import { seconds } from '../time.ts';
import type { Rehearse, Stage } from './drill-stage.ts';
import { openForCluster } from './open-repository.ts';
import { rehearseBook, type Rehearsing } from './rehearsal.ts';
import { heldTo, loadStory } from './rehearse-story.ts';

/** By the same code as the command. The copy's tables must be in the end what the cluster's were just before. */
export const rehearseInDrill: Rehearse = async (stage, { runbook: { name, params } }, primary) => {
  const { terminal, lab, tables } = stage;
  const opened = await openForCluster(terminal, { inventory: lab.inventoryFile });
  const given = Object.entries(params).map(([key, value]) => `${key}=${String(value)}`);
  const story = heldTo(provingTables(await loadStory(terminal, name, given), tables), opened.cluster);
  // Within the lab, whose end is the copy's, too, whatever ends it.
  const parent = `${lab.directory}/rehearsal`;
  makeDirectories(lab.directory, parent, 0o755, lab.user);
  await received(stage, opened.repo, primary);
  const before = await inRepository(opened.repo);
  const connections = connectionsSince(lab);
  const stop = new AbortController().signal;
  const carried = await carryOut(stage, { opened, book: name, story, parent, keep: false, stop, tables });
  return {
    title: story.title,
    events: [],
    end: carried.end,
    copy: {
      report: carried.report,
      connections: connections(),
      kept: { before, after: await inRepository(opened.repo) },
      left: leftIn(parent, carried.report?.kept),
    },
  };
};

/** Nobody knows of them where the drill does not ask for the cluster's own. */
function provingTables(story: Drill, tables: string | undefined): Drill {
  if (tables === undefined) return story;
  const acts = story.acts.map(act => ({ ...act, proof: { ...act.proof, tables: 'as-backed-up' as const } }));
  return { ...story, acts };
}

/** A copy has what is kept, and no more. */
async function received({ lab, say }: Stage, repo: ClusterRepository, primary: NodeName): Promise<void> {
  const end = parseLsn(await written(lab, primary));
  if (end === undefined) return;
  const kept = await until(seconds(30), async () => (await walKept(repo)).stretches.some(({ to }) => to >= end), 50);
  if (!kept) say('the WAL of the cluster is not received: the copy will lack what was written last');
}

async function carryOut(
  { terminal }: Stage,
  rehearsing: Rehearsing,
): Promise<{ readonly report: DrillReport | null; readonly end: End }> {
  try {
    const { drill } = (await rehearseBook(terminal, rehearsing)).rehearsal;
    return { report: drill, end: { exit: drill.exitCode, why: drill.why ?? drill.outcome, hint: null } };
  } catch (error) {
    // What the backup is like has stopped it, which is for the report; a mistake in a file or a bug is not.
    if (!(error instanceof Fault) || error.code === 'usage' || error.code === 'invalid') throw error;
    return { report: null, end: { exit: exits[error.code], why: error.message, hint: error.hint ?? null } };
  }
}

/** `kept`: the copy of a book that was not proven stays, to be looked into. */
const leftIn = (parent: string, kept: string | undefined): string[] => [
  ...readdirSync(parent).filter(name => `${parent}/${name}` !== kept),
  ...processesOf(parent).map(({ command }) => command),
];

/** What a copy that is not cut off would add to it. */
async function inRepository(repo: ClusterRepository): Promise<string> {
  const backups = (await listBackups(repo)).map(({ id }) => id);
  const timelines = new Set((await walKept(repo)).stretches.map(({ timeline }) => String(timeline)));
  return `${backups.join(', ')}; timelines ${[...timelines].join(', ')}`;
}
