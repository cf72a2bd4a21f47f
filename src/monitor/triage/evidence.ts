// What triage judges from: everything that was seen of a cluster in one moment, as plain data.

import type { LoggedLine } from '../../look/look.ts';
import type { NodeName, Silent, Survey, Where } from '../../ports.ts';
import type { Disks } from '../../postgres/commands-disk.ts';
import type { Readiness } from '../../postgres/isready.ts';
import type { Severity } from '../../postgres/log-line.ts';
import type { Lsn } from '../../postgres/lsn.ts';
import type { NodeSite } from '../../runbook/inventory-types.ts';
import type { Bytes, Duration, Instant } from '../../time.ts';

export interface ClusterEvidence {
  readonly at: Instant;
  /** Where the primary belongs. */
  readonly home: NodeName | undefined;
  /** In the inventory's order. */
  readonly nodes: readonly NodeEvidence[];
  /** What every command of Lifeboat must be given to mean this cluster: `--cluster west`. */
  readonly options: readonly string[];
}

export interface NodeEvidence {
  readonly node: NodeName;
  readonly site: NodeSite;
  readonly survey: Survey | Silent;
  /** pg_isready of this node, by everybody who could be asked; this machine is always among them. */
  readonly witnesses: readonly { readonly from: Where; readonly answer: Readiness }[];
  /** The last lines of the server log, the oldest first. */
  readonly lines: readonly LogLine[];
  /** Null where the server answers no questions. */
  readonly server: ServerDetails | null;
  /** Null where the disks could not be looked at. */
  readonly disks: Disks | null;
  /** Whom it follows, of a server that runs; null where it names nobody. */
  readonly upstream: Upstream | null;
}

export interface LogLine extends LoggedLine {
  readonly severity?: Severity;
  /** In the server's `log_timezone`. */
  readonly time?: string;
  readonly detail?: string;
}

export interface Upstream {
  /** Where it connects to: `hostaddr`, else `host`. */
  readonly address: string;
  readonly port: number;
  /** The node of the inventory that `host` names. */
  readonly node: NodeName | undefined;
  /** pg_isready of it, asked from the standby; null where it was not asked or could not be. */
  readonly answer: Readiness | null;
}

/** What a server says of itself beyond a survey. */
export interface ServerDetails {
  readonly slots: readonly Slot[];
  /** `primary_slot_name`. */
  readonly slotName: string;
  /** `recovery_min_apply_delay`. */
  readonly applyDelay: Duration;
  readonly archiver: {
    readonly failed: number;
    readonly lastFailed: string | null;
    readonly lastFailedAt: Instant | null;
    readonly lastArchivedAt: Instant | null;
  };
  /** Sessions of others than Lifeboat. */
  readonly clients: number;
  /** Sessions that wait for a synchronous standby, and for how long the first of them has. */
  readonly syncWaits: { readonly sessions: number; readonly longest: Duration | null };
}

export interface Slot {
  readonly name: string;
  readonly active: boolean;
  readonly restart: Lsn | null;
  /** `reserved`, `extended`, `unreserved`, `lost`. */
  readonly walStatus: string | null;
  /** WAL that it keeps the server from removing. */
  readonly held: Bytes | null;
}
