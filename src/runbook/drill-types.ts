// A drill after checking: a throw-away cluster, a load, a fault, the runbook that answers it, and what must then be true.

import type { Bytes, Duration } from '../time.ts';
import type { ParamValue } from './book-types.ts';

export interface Drill {
  readonly name: string;
  readonly title: string;
  readonly description: string | undefined;
  readonly topology: {
    readonly nodes: number;
    /** `synchronous_standby_names` on every node; `--synchronous` sets it too. */
    readonly synchronous: boolean;
    /** Lines of postgresql.conf on every node. */
    readonly settings: Readonly<Record<string, string>>;
  };
  readonly load: {
    /** Sessions of the writer that counts what was acknowledged. */
    readonly writers: number;
    /** Clients of pgbench beside it; 0 for none. */
    readonly pgbench: number;
    /** How long the load runs before the fault. */
    readonly before: Duration;
    /** WAL that must be written since the last checkpoint before the fault, so that crash recovery takes a while. */
    readonly redo: Bytes;
    /** A session that commits in a loop inside the server (a DO block). */
    readonly loop: boolean;
  };
  readonly fault: { readonly fault: string; readonly on: string; readonly with: Readonly<Record<string, ParamValue>> };
  readonly runbook: {
    readonly name: string;
    readonly params: Readonly<Record<string, ParamValue>>;
    /** As `--accept-loss` and `--accept-unfenced`; a role or a node. */
    readonly acceptLoss: string | undefined;
    readonly acceptUnfenced: readonly string[];
  };
  readonly proof: {
    /** Rows acknowledged and not found afterwards: at most so many. `estimate`: no more than the estimate shown allows. */
    readonly lost: number | 'estimate';
    /** pg_isready of the lost primary must have been seen to go through these, in order. */
    readonly readiness: readonly ('accepting' | 'rejecting' | 'no-response')[];
    readonly timeline: { readonly before: number; readonly after: number };
  };
  readonly objective: { readonly rto: Duration | undefined; readonly rpo: Bytes | undefined };
  readonly file: string;
  readonly text: string;
}
