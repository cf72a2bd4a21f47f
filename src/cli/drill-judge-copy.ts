// What a rehearsal within a drill proves: of the copy what its own story asks for, and of the cluster that it was left alone.

import type { DrillProof, DrillReport } from '../report/drill-report.ts';
import type { Copy } from './drill-copy.ts';
import { list, proof } from './drill-proof.ts';

export function rehearsalProofs({ report, connections, kept, left }: Copy): DrillProof[] {
  return [
    ...(report === null ? [] : ofCopy(report)),
    proof('connections to the cluster meanwhile', connections.length === 0, 'none', list(connections)),
    proof('kept in the repository', kept.before === kept.after, kept.before, kept.after),
    proof('left of the copy', left.length === 0, 'nothing', left.length === 0 ? 'nothing' : list(left)),
  ];
}

/** Of a story of one act the report has its proofs twice. */
function ofCopy({ acts, proofs }: DrillReport): DrillProof[] {
  const whole = acts.length === 1 ? [] : proofs;
  return [...acts.flatMap(act => act.proofs), ...whole].map(({ name, ...rest }) => ({
    name: `copy: ${name}`,
    ...rest,
    // Its backup is what it was made of: all that the cluster had written.
    ...(name === 'tables' && { expected: 'as those of the cluster, row for row' }),
  }));
}
