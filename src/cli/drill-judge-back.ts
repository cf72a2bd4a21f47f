// What a way back proves: the mistake was found, recovery ended where it had to, and everything before it is there, nothing behind it.

import type { ActReport, DrillProof } from '../report/drill-report.ts';
import type { Loss } from '../look/loss.ts';
import { showLsn } from '../postgres/lsn.ts';
import { bytes, showBytes } from '../time.ts';
import type { Afterwards } from './drill-after.ts';
import type { Aim } from './drill-aim.ts';
import { list, proof } from './drill-proof.ts';
import type { ActRecord } from './drill-record.ts';

/** As the report shows it. */
export function wayBackOf({ mistake, found, params, stop }: Aim): NonNullable<ActReport['wayBack']> {
  const { statement, xid, lsn, time } = mistake;
  return {
    mistake: { statement, xid, lsn, time },
    ...(found && { findSeconds: Math.round(found.took) / 1000 }),
    target: Object.entries(params).map(([name, value]) => `${name}=${String(value)}`),
    stop: showLsn(stop.before),
  };
}

/** `loss`: what the gate spoke of; null where there was none. */
export function wayBackProofs({ act, aim, afterwards, ledger }: ActRecord, loss: Loss | null): DrillProof[] {
  const { lost } = act.proof;
  const givesUp = lost === 'after-target' || lost === 'after-backup';
  return [
    ...(aim ? aimProofs(aim, afterwards) : []),
    ...(givesUp ? [behind(lost, ledger), ...(loss === null ? [] : [told(loss, ledger)])] : []),
    ...tableProofs(act.proof, afterwards),
    ...rescuedProofs(act.proof.rescued, afterwards),
    ...notedProofs(act.proof.noted, afterwards),
  ];
}

function aimProofs({ mistake, found, stop }: Aim, { stops, settingsLeft }: Afterwards): DrillProof[] {
  const { xid, lsn, time, statement } = mistake;
  const place = (one: { xid: string; lsn: string; time: string }) =>
    `transaction ${one.xid} at ${one.lsn}, ${one.time}`;
  return [
    ...(found
      ? [
          proof(
            `wal find names ${statement}`,
            found.transactions.some(one => one.xid === xid && one.lsn === lsn && sameTime(one.time, time)),
            place(mistake),
            list(found.transactions.map(place)),
          ),
        ]
      : []),
    proof(
      'recovery stopped',
      stops.some(fields => Object.entries(stop.says).every(([name, value]) => fields[name] === value)),
      inWords(stop.says),
      list(stops.map(inWords)),
    ),
    proof(
      'recovery settings left',
      settingsLeft?.length === 0,
      'none',
      list(settingsLeft ?? ['nobody could be asked']),
    ),
  ];
}

const sameTime = (one: string, other: string): boolean => one.replace(/0+Z$/, 'Z') === other.replace(/0+Z$/, 'Z');

/** `before commit of transaction 742`, as the log has it. */
function inWords({ side, end, xid, lsn, name }: Readonly<Record<string, string>>): string {
  if (xid !== undefined) return `${side ?? ''} ${end ?? 'the end'} of transaction ${xid}`;
  if (lsn !== undefined) return `${side ?? ''} WAL location (LSN) "${lsn}"`;
  return name === undefined ? 'after reaching consistency' : `at restore point "${name}"`;
}

/** Where nothing was written behind it, nothing is proven of it. */
const behind = (what: 'after-target' | 'after-backup', { givenUp, unexpected }: ActRecord['ledger']): DrillProof =>
  proof(
    `rows committed after the ${what === 'after-target' ? 'target' : 'backup'}`,
    givenUp > 0 && unexpected === 0,
    'some, and none of them there',
    `${String(givenUp)}, ${unexpected === 0 ? 'none' : String(unexpected)} of them there`,
  );

/** A row takes more than a byte of WAL: where the gate spoke of fewer bytes, somebody said yes to less than was lost. */
function told({ bytes: size }: Loss, { givenUp }: ActRecord['ledger']): DrillProof {
  const found = size === 'unknown' ? 'unknown' : showBytes(size);
  return proof(
    'the gate told of that loss',
    size === 'unknown' || size > givenUp,
    `more than ${showBytes(bytes(givenUp))}`,
    found,
  );
}

function tableProofs({ tables: wanted, rescued }: ActRecord['act']['proof'], { tables }: Afterwards): DrillProof[] {
  if (wanted === undefined) return [];
  const since = wanted === 'unchanged' ? 'just before the fault' : 'when the backup was taken';
  const which = rescued === undefined ? 'tables' : 'all other tables';
  const found =
    tables === null
      ? 'nobody could be asked'
      : tables.differ.length === 0
        ? `${String(tables.count)} tables, row for row`
        : `not ${tables.differ.join(', ')}`;
  return [proof(which, tables?.differ.length === 0, `as ${since}`, found)];
}

/** On every node: the table is in the WAL as anything else. */
function rescuedProofs(table: string | undefined, { rescued }: Afterwards): DrillProof[] {
  if (table === undefined) return [];
  const found = Object.entries(rescued?.after ?? {});
  return [
    proof(
      table,
      found.length > 0 && found.every(([, rows]) => rows === rescued?.before),
      `${rescued?.before ?? 'rows'}, as just before the mistake`,
      list(found.map(([node, rows]) => `${rows} on ${node}`)),
    ),
  ];
}

function notedProofs(query: string | undefined, { noted }: Afterwards): DrillProof[] {
  if (query === undefined) return [];
  return [
    proof(
      query,
      noted !== null && noted.before === noted.after,
      noted?.before ?? 'as noted',
      noted?.after ?? 'nothing',
    ),
  ];
}
