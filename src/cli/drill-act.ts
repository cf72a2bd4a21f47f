// One act of a drill: perhaps a fault, the runbook, and what everybody says afterwards; the writer goes on meanwhile.

import { Fault } from '../faults.ts';
import { countBaseBackups } from '../lab/base-backups.ts';
import { faults } from '../lab/faults/index.ts';
import type { AnyLabFault } from '../lab/faults/fault.ts';
import type { Lab, LabNode } from '../lab/lab.ts';
import type { Load } from '../lab/load.ts';
import { until } from '../lab/probe.ts';
import { awaitRoles, type RoleSeen, rolesOf, standbysOf } from '../lab/roles.ts';
import { Sampler } from '../lab/sampler.ts';
import { sshdRuns, startSshd } from '../lab/sshd.ts';
import type { Writer } from '../lab/writer.ts';
import type { NodeName } from '../ports.ts';
import type { Act } from '../runbook/drill-types.ts';
import { instant, seconds, showDuration } from '../time.ts';
import { answer, sight } from './drill-answer.ts';
import type { ActRecord } from './drill-record.ts';
import type { Terminal } from './terminal.ts';

/** What lasts from act to act. */
export interface Stage {
  readonly terminal: Terminal;
  readonly lab: Lab;
  readonly writer: Writer;
  readonly load: Load;
  readonly say: (text: string) => void;
  /** What was broken and has not been healed yet. */
  broken: readonly Blow[];
  readonly countsBackups: boolean;
}

/** Rows that the primary must acknowledge after the runbook before the drill believes that it works. */
const rowsAfterwards = 50;
const toSettle = seconds(60);
const toServe = seconds(30);

/** `warm`: what comes before the clock starts. The writer stops with the last act, so that its rows can be counted whole. */
export async function playAct(
  stage: Stage,
  act: Act,
  { warm, last }: { readonly warm: () => Promise<void>; readonly last: boolean },
): Promise<ActRecord> {
  const { lab, writer, terminal } = stage;
  const before = await rolesOf(lab);
  const primary = primaryIn(before);
  if (primary === undefined) throw new Fault('failed', 'no node of the lab says that it is the primary');
  const player = (name: string): string => playerOf(lab, before, name);
  if (act.heal) await heal(stage);
  const blow = blowOf(lab, act, player);
  const sampler = blow && new Sampler(lab, blow.node);
  try {
    await warm();
    if (blow) await sight(terminal, act, lab.inventoryFile);
    const backups = countBaseBackups(lab);
    const stretch = writer.stretch();
    const started = now();
    if (blow && sampler) await breakNode(stage, act, blow, sampler);
    const asked = now();
    const { title, events, end } = await answer(terminal, act, lab.inventoryFile, player);
    const answered = now();
    const well = end.exit === 0;
    const roles = well ? await awaitRoles(lab, act.proof, toSettle) : await rolesOf(lab);
    const after = successorIn(roles, primary.node, act);
    const served = await serves(stage, after?.node);
    if (last) await writer.stop();
    return {
      act,
      title: act.title ?? title,
      started,
      answer: { started: asked, ended: answered },
      broken: blow?.node.name ?? null,
      events,
      end,
      primary: { before: primary.node, after: after?.node ?? null },
      timeline: { before: primary.timeline ?? 0, after: after?.timeline ?? null },
      roles,
      served,
      ledger: await writer.prove(after?.node ?? readable(roles)),
      readiness: sampler?.runs ?? [],
      spacing: sampler?.spacing,
      gap: stretch.gap(primary.node, after?.node ?? primary.node),
      baseBackups: stage.countsBackups ? backups() : null,
      ended: now(),
    };
  } finally {
    await sampler?.stop();
  }
}

const now = () => instant(new Date());

const primaryIn = (roles: readonly RoleSeen[]): RoleSeen | undefined => roles.find(({ role }) => role === 'primary');

/** Of two primaries the one that ought to be, or else the one that was not before. */
function successorIn(roles: readonly RoleSeen[], before: NodeName, { proof }: Act): RoleSeen | undefined {
  const primaries = roles.filter(({ role }) => role === 'primary');
  return (
    primaries.find(({ node }) => node === proof.primary) ??
    primaries.find(({ node }) => node !== before) ??
    primaries[0]
  );
}

/** Where no primary is left a standby can still be counted on. */
const readable = (roles: readonly RoleSeen[]): NodeName | undefined =>
  roles.find(({ role }) => role === 'standby')?.node;

/** A role as it is played when the act begins, or a node by its name. */
function playerOf(lab: Lab, roles: readonly RoleSeen[], name: string): string {
  const found =
    name === 'primary' ? primaryIn(roles)?.node : name === 'standby' ? standbysOf(roles)[0] : lab.node(name).name;
  if (found === undefined) throw new Fault('failed', `no node of the lab is a ${name} now`);
  return found;
}

/** What breaks, and where. */
interface Blow {
  readonly fault: AnyLabFault;
  readonly node: LabNode;
}

function blowOf(lab: Lab, { fault: written }: Act, player: (name: string) => string): Blow | undefined {
  if (!written) return undefined;
  const fault = faults.get(written.fault);
  if (!fault) throw new Fault('invalid', `no fault is named "${written.fault}"`);
  return { fault, node: lab.node(player(written.on ?? fault.befalls ?? 'primary')) };
}

/** Disks can be written to again, and hosts are back; their servers are down still. */
async function heal(stage: Stage): Promise<void> {
  const { lab, say } = stage;
  for (const { fault, node } of stage.broken) {
    say(`healing ${fault.name} on ${node.name}`);
    await fault.heal(lab, node);
    if (!sshdRuns(node)) await startSshd(node, lab.user);
  }
  stage.broken = [];
}

/** Where pg_isready is to show it, returns once the node no longer accepts connections: then somebody is called out of bed. */
async function breakNode(stage: Stage, act: Act, { fault, node }: Blow, sampler: Sampler): Promise<void> {
  stage.say(`fault: ${fault.name} on ${node.name}`);
  await fault.break(stage.lab, node, act.fault?.with ?? {});
  stage.broken = [...stage.broken, { fault, node }];
  if (act.proof.readiness.every(is => is === 'accepting')) return;
  const bitten = await until(60_000, () => sampler.last !== undefined && sampler.last.is !== 'accepting');
  if (!bitten) throw new Fault('failed', `the fault ${fault.name} did not bite within 60 s`, { on: node.name });
}

async function serves({ writer, say }: Stage, primary: NodeName | undefined): Promise<boolean> {
  if (primary === undefined) {
    say('no node says that it is the primary');
    return false;
  }
  const rows = (writer.acknowledgedBy(primary)?.count ?? 0) + rowsAfterwards;
  const served = await writer.reached(rows, toServe, primary);
  if (!served) say(`${primary} acknowledged no ${String(rowsAfterwards)} rows within ${showDuration(toServe)}`);
  return served;
}
