// The fault of an act: just before it what is to be proven is noted, then it strikes, and it is seen to bite.

import { Fault } from '../faults.ts';
import { faults } from '../lab/faults/index.ts';
import { fingerprint } from '../lab/fingerprint.ts';
import { readHistory, writesAt } from '../lab/history.ts';
import type { Lab, LabNode } from '../lab/lab.ts';
import { applicationSchema } from '../lab/layout.ts';
import { lastMistake } from '../lab/mistakes.ts';
import { until } from '../lab/probe.ts';
import type { Sampler } from '../lab/sampler.ts';
import { sshdRuns, startSshd } from '../lab/sshd.ts';
import type { NodeName } from '../ports.ts';
import type { Lsn } from '../postgres/lsn.ts';
import type { Act } from '../runbook/drill-types.ts';
import { showDuration } from '../time.ts';
import type { Blow, Stage } from './drill-stage.ts';

export function blowOf(lab: Lab, { fault: written }: Act, player: (name: string) => string): Blow | undefined {
  if (!written) return undefined;
  const fault = faults.get(written.fault);
  if (!fault) throw new Fault('invalid', `no fault is named "${written.fault}"`);
  return { fault, node: lab.node(player(written.on ?? fault.befalls ?? 'primary')) };
}

/** Disks can be written to again, and hosts are back; their servers are down still. */
export async function heal(stage: Stage): Promise<void> {
  const { lab, say } = stage;
  for (const { fault, node } of stage.broken) {
    say(`healing ${fault.name} on ${node.name}`);
    await fault.heal(lab, node);
    if (!sshdRuns(node)) await startSshd(node, lab.user);
  }
  stage.broken = [];
}

/** Nothing but the writer writes any more, so that what is noted is still so when the fault strikes. */
export async function noteBefore(stage: Stage, { note }: Act, primary: NodeName): Promise<void> {
  const { lab, load, counts } = stage;
  if (note === undefined && !counts.tables) return;
  await load.stop();
  if (counts.tables) stage.tables = await tablesOf(lab, primary);
  if (note !== undefined) stage.noted = await lab.psql(primary, note);
}

/** All but those of the writer and of the load inside the server, which go on. */
export const tablesOf = (lab: Lab, node: NodeName): Promise<string> =>
  fingerprint(sql => lab.psql(node, sql), [applicationSchema]);

/** Where pg_isready is to show it, returns once the node no longer accepts connections: then somebody is called out of bed. */
export async function strike(stage: Stage, act: Act, { fault, node }: Blow, sampler: Sampler): Promise<void> {
  stage.say(`fault: ${fault.name} on ${node.name}`);
  await fault.break(stage.lab, node, act.fault?.with ?? {});
  stage.broken = [...stage.broken, { fault, node }];
  if (act.proof.readiness.every(is => is === 'accepting')) return;
  const bitten = await until(60_000, () => sampler.last !== undefined && sampler.last.is !== 'accepting');
  if (!bitten) throw new Fault('failed', `the fault ${fault.name} did not bite within 60 s`, { on: node.name });
}

/** Nobody has noticed yet: the load goes on. Then, where it was a mistake of an operator, everything that was written is remembered. */
export async function goOn(stage: Stage, act: Act, primary: LabNode, from: Lsn | undefined): Promise<void> {
  const { lab, writer, load, say } = stage;
  if (act.noticedAfter > 0) {
    say(`nobody notices for ${showDuration(act.noticedAfter)}`);
    // What is to be unchanged nobody writes to.
    if (act.proof.rescued === undefined) await load.follow(primary);
    await writer.reached(Number.POSITIVE_INFINITY, act.noticedAfter);
  }
  const mistake = lastMistake(lab);
  if (from === undefined || mistake === undefined || mistake.time === stage.past?.mistake.time) return;
  stage.past = { mistake, history: await readHistory(lab, primary, writer, from) };
}

/** From where on {@link goOn} will want to know; undefined where nothing is to be broken. */
export const beginning = async (stage: Stage, blow: Blow | undefined, primary: LabNode): Promise<Lsn | undefined> =>
  blow && (await writesAt(stage.lab, primary));
