// The document's third scenario: everything is lost but a logical backup.

import { expect, it } from 'vitest';
import { drill } from '../../support/drill.ts';

it('restore-logical: the cluster is what it was when the backup was taken, and nothing that came later is there', async () => {
  const report = await drill('restore-logical');
  expect(report).toMatchObject({ outcome: 'passed', ledger: { lost: 0, unexpected: 0 } });
  const [backup, restore] = report.acts;
  expect(backup).toMatchObject({ runbook: 'backup-logical', ledger: { lost: 0 } });
  expect(restore).toMatchObject({ fault: 'data-lost on node1', ledger: { lost: 0, unexpected: 0 } });
  // The load went on after the backup: what is lost by going back to it is told.
  expect(restore?.ledger.givenUp).toBeGreaterThan(0);
  expect(restore?.proofs.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['rows committed after the backup', 'tables', 'select max(mtime) from pgbench_history']),
  );
});
