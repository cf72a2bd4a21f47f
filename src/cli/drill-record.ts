// Everything that was seen in a drill; what it proves is judged from this alone.

import type { End } from '../engine/end.ts';
import type { JournalEvent } from '../engine/events.ts';
import type { Ledger } from '../lab/ledger.ts';
import type { RoleSeen } from '../lab/roles.ts';
import type { ReadyRun, Spacing } from '../lab/samples.ts';
import type { Gap } from '../lab/stretch.ts';
import type { NodeName } from '../ports.ts';
import type { Act, Drill } from '../runbook/drill-types.ts';
import type { Instant } from '../time.ts';
import type { Afterwards } from './drill-after.ts';
import type { Aim } from './drill-aim.ts';
import type { Copy } from './drill-copy.ts';

export interface DrillRecord {
  readonly drill: Drill;
  readonly synchronous: boolean;
  readonly postgres: string;
  readonly started: Instant;
  readonly ended: Instant;
  /** Those that were played: the story ends where one leaves nothing that the next could begin with. */
  readonly acts: readonly ActRecord[];
  /** Of all acts together, on whoever is the primary in the end. */
  readonly ledger: Ledger;
  /** The same on each standby that streams in the end, once it has replayed everything. */
  readonly copies: readonly { readonly node: NodeName; readonly ledger: Ledger }[];
}

export interface ActRecord {
  readonly act: Act;
  /** That of the runbook where the act has none; null where it could not be read. */
  readonly title: string | null;
  /** From the fault, or from the runbook's first look, until all was proven. */
  readonly started: Instant;
  readonly ended: Instant;
  /** The runbook alone. */
  readonly answer: { readonly started: Instant; readonly ended: Instant };
  /** The node that the fault hit. */
  readonly broken: NodeName | null;
  /** What it went back behind; null where it had no target. */
  readonly aim: Aim | null;
  readonly events: readonly JournalEvent[];
  readonly end: End;
  /** Null where the runbook was carried out on the cluster itself. */
  readonly copy: Copy | null;
  /** Who was the primary before, and who is afterwards; null where nobody says so. */
  readonly primary: { readonly before: NodeName; readonly after: NodeName | null };
  readonly timeline: { readonly before: number; readonly after: number | null };
  readonly roles: readonly RoleSeen[];
  /** Whether the client was served again. */
  readonly served: boolean;
  /** Of what was acknowledged until the end of the act and not lost in an earlier one. */
  readonly ledger: Ledger;
  readonly afterwards: Afterwards;
  readonly readiness: readonly ReadyRun[];
  /** How close the answers of pg_isready lie; undefined where it was not asked. */
  readonly spacing: Spacing | undefined;
  readonly gap: Gap;
  /** Taken during the act; null where nobody counted. */
  readonly baseBackups: number | null;
}
