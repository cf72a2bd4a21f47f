// A WAL record cannot be read where recovery needs it: the server does not start, or the standby stands still before it.

import type { NodeEvidence } from '../evidence.ts';
import type { Cause } from '../finding.ts';
import { lastOf, lastOfEach, quotedEach, thisBoot } from '../log-story.ts';
import { isStandby, said } from '../reading.ts';
import { rebuild, whenLost } from '../remedy.ts';
import { troubles } from '../trouble.ts';

/** Of the many ways in which WAL cannot be read on, those that are not simply its end. */
const broken =
  /incorrect resource manager data checksum|incorrect prev-link|invalid resource manager ID|too long|invalid record offset/;

export const walCorrupt: Cause = {
  name: 'wal-corrupt',
  summary: 'a WAL record that recovery needs is damaged or missing',
  judge(node, cluster) {
    const fatal = lastOfEach(troubles(node), ['no-valid-checkpoint']);
    const stuck = fatal.length > 0 ? undefined : stuckAt(node);
    if (fatal.length === 0 && stuck === undefined) return undefined;
    const lines = fatal.length > 0 ? [...lastOfEach(troubles(node), ['invalid-record']), ...fatal] : stuck;
    return {
      node: node.node,
      cause: 'wal-corrupt',
      certainty: fatal.length > 0 ? 'sure' : 'likely',
      words:
        fatal.length > 0
          ? 'The WAL from which recovery would have to start is damaged or missing: PostgreSQL cannot start. Do not use pg_resetwal: it hides the damage and loses what was committed.'
          : 'Its replay stands still before a damaged WAL record, and tries again and again.',
      evidence: [...quotedEach(node, lines ?? []), ...quotedEach(node, lastOfEach(troubles(node), ['startup-failed']))],
      ...whenLost(node, cluster, rebuild),
      wait: null,
    };
  },
};

/** A standby that meets the same damaged record again and again; one meeting alone may be the end of what it has so far. */
function stuckAt(node: NodeEvidence) {
  if (!isStandby(node) || said(node)?.receiver?.status === 'streaming') return undefined;
  const lines = thisBoot(node);
  const last = lastOf(lines, ['invalid-record']);
  if (!last || !broken.test(last.text)) return undefined;
  const same = lines.filter(({ text }) => text === last.text);
  return same.length >= 2 ? [same[0], last] : undefined;
}
