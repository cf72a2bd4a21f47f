// What was seen of a rehearsal within a drill: the copy, and what the cluster beside it noticed.

import type { DrillReport } from '../report/drill-report.ts';

export interface Copy {
  /** The book carried out on the copy; null where no server came of the backup, or it was not begun. */
  readonly report: DrillReport | null;
  /** That the servers of the cluster were asked for meanwhile; whoever was connected before is not among them. */
  readonly connections: readonly string[];
  /** Backups and timelines in the cluster's repository. */
  readonly kept: { readonly before: string; readonly after: string };
  /** What of the copy is there still: its directory, and its processes. */
  readonly left: readonly string[];
}
