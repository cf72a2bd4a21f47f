// The document's fourth scenario: all data and the archive are lost; back to the moment of the backup.

import { expect, it } from 'vitest';
import { drill } from '../../support/drill.ts';

it('restore-physical: the tables are what they were when the backup was taken', { timeout: 360_000 }, async () => {
  const report = await drill('restore-physical');
  expect(report).toMatchObject({
    outcome: 'passed',
    timeline: { before: 1, after: 2 },
    ledger: { lost: 0, unexpected: 0 },
    // Nobody is left who could say how much was written.
    loss: { estimateBytes: null },
  });
  expect(report.ledger.givenUp).toBeGreaterThan(0);
  expect(report.proofs.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['rows committed after the backup', 'the gate told of that loss', 'tables']),
  );
});
