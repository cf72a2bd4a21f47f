// What is true after an act that went back to something: the servers' logs and settings, the tables, and what the note says now.

import type { JournalEvent } from '../engine/events.ts';
import { differing } from '../lab/fingerprint.ts';
import type { Lab } from '../lab/lab.ts';
import { endOfLog } from '../lab/log.ts';
import { recoverySettingsLeft, recoveryStops, stopsIn } from '../lab/recovery-left.ts';
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
  /** What the table of the mistake held, and what the one that it was rescued into holds, by node. */
  readonly rescued: { readonly before: string; readonly after: Readonly<Record<string, string>> } | null;
  readonly noted: { readonly before: string; readonly after: string } | null;
}

/** Marks the logs; the function returned tells what has become of it all since. */
export function afterwards(
  stage: Stage,
  act: Act,
): (primary: NodeName | undefined, roles: readonly RoleSeen[], events: readonly JournalEvent[]) => Promise<Afterwards> {
  const { lab } = stage;
  const ends = new Map(lab.nodes.map(node => [node.name, endOfLog(node)]));
  return async (primary, roles, events) => {
    if (primary === undefined) return { stops: [], settingsLeft: null, tables: null, rescued: null, noted: null };
    const standbys = standbysOf(roles);
    const own = recoveryStops(lab.node(primary), ends.get(primary) ?? 0);
    const tables = await tablesNow(stage, act, primary, standbys);
    return {
      // A sandbox is recovered beside the servers, and the run heard of it.
      stops: act.proof.rescued === undefined ? own : stopsIn(saidIn(events)),
      settingsLeft: act.target ? await settingsLeft(lab, [primary, ...standbys]) : null,
      tables: tables && { differ: tables.differ, count: tables.count },
      rescued: tables && rescuedIn(stage, act, tables.held),
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
  { lab, tables, backedUp, past }: Stage,
  { proof }: Act,
  primary: NodeName,
  standbys: readonly NodeName[],
): Promise<(NonNullable<Afterwards['tables']> & { readonly held: ReadonlyMap<NodeName, string> }) | null> {
  const before = proof.tables === 'as-backed-up' ? backedUp?.tables : tables;
  if (proof.tables === undefined || before === undefined) return null;
  const end = await written(lab, primary);
  const seen = await Promise.all(
    [primary, ...standbys].map(async node => {
      if (node !== primary) await replayed(lab, node, end);
      return [node, await tablesOf(lab, node)] as const;
    }),
  );
  const meant = proof.rescued === undefined ? [] : [proof.rescued, past?.mistake.table];
  const differ = seen.flatMap(([node, now]) =>
    differing(before, now).flatMap(table => (meant.includes(table) ? [] : [`${table} on ${node}`])),
  );
  return { differ, count: before.split('\n').length, held: new Map(seen) };
}

function rescuedIn(
  { tables = '', past }: Stage,
  { proof: { rescued } }: Act,
  held: ReadonlyMap<NodeName, string>,
): Afterwards['rescued'] {
  if (rescued === undefined || past === undefined) return null;
  const after = [...held].map(([node, now]) => [node, rowsOf(now, rescued)]);
  return { before: rowsOf(tables, past.mistake.table), after: Object.fromEntries(after) as Record<string, string> };
}

/** What a fingerprint says of one table. */
const rowsOf = (text: string, table: string): string =>
  text
    .split('\n')
    .find(line => line.startsWith(`${table} `))
    ?.slice(table.length + 1) ?? 'no such table';

/** What programs printed that ended well. */
const saidIn = (events: readonly JournalEvent[]): string =>
  events
    .flatMap(event =>
      event.e === 'ended' && event.outcome.is === 'done' ? [event.outcome.outputs['stdout'] ?? ''] : [],
    )
    .join('\n');

async function notedNow({ lab, noted }: Stage, { proof }: Act, primary: NodeName): Promise<Afterwards['noted']> {
  if (proof.noted === undefined || noted === undefined) return null;
  const after = await lab.psql(primary, proof.noted).catch((error: unknown) => String(error));
  return { before: noted, after };
}
