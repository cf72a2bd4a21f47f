// The postmaster is killed and its sessions live on: what they still commit is salvaged.

import { describe, expect, it } from 'vitest';
import { drill, replications, whole } from '../../support/drill.ts';

describe.each(replications)('%s', options => {
  it('failover-killed: what the orphans still committed is salvaged', async () => {
    const report = await drill('failover-killed', ...options);
    expect(report).toMatchObject({ ...whole, loss: { estimateBytes: 0 }, ledger: { lost: 0, unexpected: 0 } });
    const promote = report.steps.find(({ id }) => id === 'promote');
    const evidence = promote?.checks.flatMap(check => check.evidence) ?? [];
    expect(evidence.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        'promote-requested',
        'new-timeline',
        'archive-recovery-complete',
        'accepting-connections',
      ]),
    );
  });
});
