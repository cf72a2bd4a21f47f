// The mistake of scenario 2, and one table brought back from before it while everybody goes on.

import { expect, it } from 'vitest';
import { drill } from '../../support/drill.ts';

it('rescue-table: the table is there row for row, all others are what they were, no row is lost', async () => {
  const report = await drill('rescue-table');
  expect(report).toMatchObject({
    outcome: 'passed',
    timeline: { before: 1, after: 1 },
    ledger: { lost: 0, unexpected: 0 },
  });
  expect(report.proofs.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'recovery stopped',
      'recovery settings left',
      'all other tables',
      'rescued.pgbench_history',
    ]),
  );
});
