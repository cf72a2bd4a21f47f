// A session with a walsender of PostgreSQL 13 to 18, over the shell to the server's Unix socket or direct.

import { Fault } from '../faults.ts';
import { parseLsn } from '../postgres/lsn.ts';
import { quoteIdent } from '../postgres/settings.ts';
import { historyFileName, parseTimeline, type Timeline } from '../postgres/timeline.ts';
import { oldest, readsReplicationSlot } from '../postgres/version.ts';
import type {
  BackupEnd,
  BackupSink,
  BaseBackupOptions,
  Replication,
  ServerIdentity,
  Slot,
  StreamEnd,
  StreamFrom,
  WalSink,
} from '../repo/replication.ts';
import { type Duration, parseBytes } from '../time.ts';
import { streamBaseBackup } from './base-backup-stream.ts';
import { firstDataRow } from './data-row.ts';
import { type DirectPlace, doorOf, type SqlPlace } from './postgres-door.ts';
import { isRefusal } from './replication-command.ts';
import { openWire, type Wire } from './replication-wire.ts';
import { slotOverSql } from './slot-over-sql.ts';
import { streamWal } from './wal-stream.ts';

export interface ReplicationOptions {
  /** application_name: what `synchronous_standby_names` and pg_stat_replication call us. */
  readonly application: string;
  /** For the connection, and for the answer to each short question. */
  readonly within: Duration;
}

/** Throws a Fault: `unreachable`, or `refused` with the server's own words. */
export async function openReplication(
  place: SqlPlace | DirectPlace,
  { application, within }: ReplicationOptions,
): Promise<Replication> {
  const wire = await openWire(doorOf(place), application, within);
  if (wire.version.major >= oldest) return new Session(wire, place, within);
  await wire.close();
  throw new Fault('refused', `PostgreSQL ${wire.version.text} is older than ${String(oldest)}`, { on: wire.name });
}

class Session implements Replication {
  readonly #wire: Wire;
  readonly #place: SqlPlace | DirectPlace;
  readonly #within: Duration;
  #segmentSize: number | undefined;

  constructor(wire: Wire, place: SqlPlace | DirectPlace, within: Duration) {
    this.#wire = wire;
    this.#place = place;
    this.#within = within;
  }

  async identify(): Promise<ServerIdentity> {
    const { rows } = await this.#must('IDENTIFY_SYSTEM');
    const [systemId, line, position] = rows[0] ?? [];
    const [timeline, flushed] = [parseTimeline(line ?? ''), parseLsn(position ?? '')];
    if (typeof systemId !== 'string' || timeline === undefined || flushed === undefined) {
      throw this.#odd('IDENTIFY_SYSTEM', rows[0]);
    }
    const segmentSize = (this.#segmentSize ??= await this.#askSegmentSize());
    return { systemId, timeline, flushed, version: this.#wire.version, segmentSize };
  }

  async history(timeline: Timeline): Promise<Buffer | undefined> {
    if (timeline === 1) return undefined;
    const tap = this.#wire.tap();
    const answer = await this.#wire.short(`TIMELINE_HISTORY ${String(timeline)}`, this.#within).finally(tap.end);
    if (isRefusal(answer)) {
      if (answer.code === undefinedFile) return undefined;
      throw this.#wire.refused(answer);
    }
    const [name, content] = firstDataRow(tap.heard()) ?? [];
    if (name?.toString() === historyFileName(timeline) && content) return content;
    throw this.#odd(`TIMELINE_HISTORY ${String(timeline)}`, [name?.toString() ?? null]);
  }

  async slot(name: string): Promise<Slot | undefined> {
    if (!readsReplicationSlot(this.#wire.version)) return slotOverSql(this.#place, name, this.#within);
    const { rows } = await this.#must(`READ_REPLICATION_SLOT ${quoteIdent(name)}`);
    const [type, restartLsn, restartTimeline] = rows[0] ?? [];
    // There is a row of nulls for a slot that is not there.
    if (typeof type !== 'string') return undefined;
    return {
      restartLsn: parseLsn(restartLsn ?? '') ?? null,
      restartTimeline: parseTimeline(restartTimeline ?? '') ?? null,
    };
  }

  async createSlot(name: string, temporary: boolean): Promise<void> {
    const reserve = readsReplicationSlot(this.#wire.version) ? '(RESERVE_WAL)' : 'RESERVE_WAL';
    const kind = `${temporary ? 'TEMPORARY ' : ''}PHYSICAL`;
    const text = `CREATE_REPLICATION_SLOT ${quoteIdent(name)} ${kind} ${reserve}`;
    const answer = await this.#wire.short(text, this.#within);
    if (!isRefusal(answer)) return;
    if (answer.code !== duplicateObject) throw this.#wire.refused(answer);
    // Where it was a temporary one of this session, the refusal itself has dropped it.
    if (temporary) await this.#must(text);
  }

  async dropSlot(name: string): Promise<void> {
    await this.#must(`DROP_REPLICATION_SLOT ${quoteIdent(name)}`);
  }

  baseBackup(options: BaseBackupOptions, sink: BackupSink): Promise<BackupEnd> {
    return streamBaseBackup(this.#wire, options, sink);
  }

  stream(from: StreamFrom, sink: WalSink, stop: AbortSignal): Promise<StreamEnd> {
    return streamWal(this.#wire, from, sink, stop);
  }

  close(): Promise<void> {
    return this.#wire.close();
  }

  async #askSegmentSize(): Promise<number> {
    const { rows } = await this.#must('SHOW wal_segment_size');
    const size = parseBytes(rows[0]?.[0] ?? '');
    if (size === undefined) throw this.#odd('SHOW wal_segment_size', rows[0]);
    return size;
  }

  #must(text: string): ReturnType<Wire['must']> {
    return this.#wire.must(text, this.#within);
  }

  #odd(question: string, row: readonly (string | null)[] | undefined): Fault {
    return new Fault('failed', `the server answers "${question}" with "${String(row?.join(' '))}"`, {
      on: this.#wire.name,
    });
  }
}

const undefinedFile = '58P01';
const duplicateObject = '42710';
