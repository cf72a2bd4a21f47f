// What is true after an act that went back to something: the servers' logs and settings, the tables, and what the note says now.

import { differing } from '../lab/fingerprint.ts';
import type { Lab } from '../lab/lab.ts';
import { endOfLog } from '../lab/log.ts';
import { recoverySettingsLeft, recoveryStops } from '../lab/recovery-left.ts';
import { replayed, written } from '../lab/replayed.ts';
import { type RoleSeen, standbysOf } from '../lab/roles.ts';
import type { NodeName } from '../ports.ts';
import type { Act } from '../runbook/drill-types.ts';
import { tablesOf } from './drill-blow.ts';
import type { Stage } from './drill-stage.ts';

/** What nobody asked for is null. */
export interface Afterwards {
  /** Where recovery ended, as the log of the primary has it; several where it was recovered more than once. */
  readonly stops: readonly Readonly<Record<string, string>>[];
  /** `node2: recovery_target_xid = 742` */
  readonly settingsLeft: readonly string[] | null;
  /** Names of the tables that are not what they were, by node; and how many were looked at. */
  readonly tables: { readonly differ: readonly string[]; readonly count: number } | null;
  readonly noted: { readonly before: string; readonly after: string } | null;
}

/** Marks the logs; the function returned tells what has become of it all since. */
export function afterwards(
  stage: Stage,
  act: Act,
): (primary: NodeName | undefined, roles: readonly RoleSeen[]) => Promise<Afterwards> {
  const { lab } = stage;
  const ends = new Map(lab.nodes.map(node => [node.name, endOfLog(node)]));
  return async (primary, roles) => {
    if (primary === undefined) return { stops: [], settingsLeft: null, tables: null, noted: null };
    const standbys = standbysOf(roles);
    return {
      stops: recoveryStops(lab.node(primary), ends.get(primary) ?? 0),
      settingsLeft: act.target ? await settingsLeft(lab, [primary, ...standbys]) : null,
      tables: await tablesNow(stage, act, primary, standbys),
      noted: await notedNow(stage, act, primary),
    };
  };
}

async function settingsLeft(lab: Lab, nodes: readonly NodeName[]): Promise<string[]> {
  const left = await Promise.all(
    nodes.map(async name => (await recoverySettingsLeft(lab, lab.node(name))).map(one => `${name}: ${one}`)),
  );
  return left.flat();
}

async function tablesNow(
  { lab, tables, backedUp }: Stage,
  { proof }: Act,
  primary: NodeName,
  standbys: readonly NodeName[],
): Promise<Afterwards['tables']> {
  const before = proof.tables === 'as-backed-up' ? backedUp?.tables : tables;
  if (proof.tables === undefined || before === undefined) return null;
  const end = await written(lab, primary);
  const seen = await Promise.all(
    [primary, ...standbys].map(async node => {
      if (node !== primary) await replayed(lab, node, end);
      return differing(before, await tablesOf(lab, node)).map(table => `${table} on ${node}`);
    }),
  );
  return { differ: seen.flat(), count: before.split('\n').length };
}

async function notedNow({ lab, noted }: Stage, { proof }: Act, primary: NodeName): Promise<Afterwards['noted']> {
  if (proof.noted === undefined || noted === undefined) return null;
  const after = await lab.psql(primary, proof.noted).catch((error: unknown) => String(error));
  return { before: noted, after };
}
