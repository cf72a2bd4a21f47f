// The document's fifth and sixth scenario: forward to the failure, from the WAL on the disk and from what was streamed.

import { expect, it } from 'vitest';
import { drill } from '../../support/drill.ts';

it.each([
  ['restore-to-failure', 'data-lost on node1'],
  ['restore-to-failure-corrupt', 'data-corrupt on node1'],
  ['restore-stream', 'site-lost on node1'],
])('%s: nothing that was acknowledged is lost', { timeout: 360_000 }, async (name, fault) => {
  const report = await drill(name);
  expect(report).toMatchObject({
    outcome: 'passed',
    timeline: { before: 1, after: 2 },
    ledger: { lost: 0, unexpected: 0 },
  });
  // The drill accepts no loss, and none was asked about.
  expect(report.acts[0]?.loss?.estimateBytes ?? 0).toBe(0);
  expect(report.acts[0]).toMatchObject({ fault });
  expect(report.ledger.givenUp).toBeUndefined();
  expect(report.proofs.map(one => one.name)).toEqual(
    expect.arrayContaining(['tables', 'select max(mtime) from pgbench_history']),
  );
});
