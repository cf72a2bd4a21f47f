// One act of a drill: perhaps a fault, the runbook, and what everybody says afterwards; the writer goes on meanwhile.

import { Fault } from '../faults.ts';
import { countBaseBackups } from '../lab/base-backups.ts';
import { newestDump } from '../lab/dumps.ts';
import type { Lab } from '../lab/lab.ts';
import { awaitRoles, type RoleSeen, rolesOf, standbysOf } from '../lab/roles.ts';
import { Sampler } from '../lab/sampler.ts';
import type { NodeName } from '../ports.ts';
import type { Act } from '../runbook/drill-types.ts';
import { instant, seconds, showDuration } from '../time.ts';
import { afterwards } from './drill-after.ts';
import { type Aim, aimOf } from './drill-aim.ts';
import { answer, sight } from './drill-answer.ts';
import { beginning, blowOf, goOn, heal, noteBefore, strike } from './drill-blow.ts';
import { stillFor } from './drill-repository.ts';
import type { ActRecord } from './drill-record.ts';
import type { Carried, Stage } from './drill-stage.ts';

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
  const home = lab.node(primary.node);
  const from = await beginning(stage, blow, home);
  const sampler = blow && new Sampler(lab, blow.node, act.target || act.backup ? 'now and then' : 'closely');
  try {
    await warm();
    if (blow || act.runbook.rehearse) await noteBefore(stage, act, primary.node);
    if (blow) {
      await sight(terminal, act, { inventory: lab.inventoryFile, params: paramsOf(stage, act) });
    }
    const backups = countBaseBackups(lab);
    const stretch = writer.stretch();
    const started = now();
    if (blow && sampler) await strike(stage, act, blow, sampler);
    await goOn(stage, act, home, from);
    const aim = await aimOf(stage, act);
    const since = afterwards(stage, act);
    if (act.backup) await stillFor(stage, act, primary.node);
    const asked = now();
    const params = { ...paramsOf(stage, act), ...aim?.params };
    const situation = { inventory: lab.inventoryFile, player, params };
    const { title, events, end, copy } = act.runbook.rehearse
      ? await rehearsed(stage, act, primary.node)
      : { ...(await answer(terminal, act, situation)), copy: undefined };
    const answered = now();
    writer.wake();
    const well = end.exit === 0;
    const roles = well ? await awaitRoles(lab, act.proof, toSettle) : await rolesOf(lab);
    const after = successorIn(roles, primary.node, act);
    const served = await serves(stage, after?.node);
    if (well && served) giveUp(stage, act, aim);
    if (last) await writer.stop();
    return {
      act,
      title: act.title ?? title,
      started,
      answer: { started: asked, ended: answered },
      broken: blow?.node.name ?? null,
      aim: aim ?? null,
      events,
      end,
      copy: copy ?? null,
      primary: { before: primary.node, after: after?.node ?? null },
      timeline: { before: primary.timeline ?? 0, after: after?.timeline ?? null },
      roles,
      served,
      ledger: await writer.prove(after?.node ?? readable(roles)),
      afterwards: await since(after?.node, roles, events),
      readiness: sampler?.runs ?? [],
      spacing: sampler?.spacing,
      gap: stretch.gap(primary.node, after?.node ?? primary.node),
      baseBackups: stage.counts.backups ? backups() : null,
      ended: now(),
    };
  } finally {
    await sampler?.stop();
  }
}

/** Of a copy there is no copy: its story would be told within itself without end. */
function rehearsed(stage: Stage, act: Act, primary: NodeName): Promise<Carried> {
  if (stage.rehearse) return stage.rehearse(stage, act, primary);
  throw new Fault('invalid', `a rehearsal cannot rehearse ${act.runbook.name}`, {
    hint: 'leave out "rehearse": the whole story is told on a copy',
  });
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

/** What the operator knows beside the target: what the data must say, and where his backup lies. */
function paramsOf({ noted, lab }: Stage, { proof }: Act): Readonly<Record<string, string>> {
  const from = proof.lost === 'after-backup' ? newestDump(lab) : undefined;
  return {
    ...(proof.noted !== undefined && noted !== undefined && { check: proof.noted, expect: noted }),
    ...(from !== undefined && { from }),
  };
}

/** Rows that the runbook gives up on purpose are none that it lost; what it says of that is held against what was written when. */
function giveUp({ writer, backedUp }: Stage, { proof: { lost } }: Act, aim: Aim | undefined): void {
  if (lost === 'after-target' && aim) writer.giveUp(writer.line, aim.kept);
  if (lost === 'after-backup' && backedUp) writer.giveUp(writer.line, backedUp.rows);
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
