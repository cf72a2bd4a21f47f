// Books rehearsed on a copy of a cluster that goes on under load: the copy is proven to be the cluster, and the cluster not to have noticed.

import { expect, it } from 'vitest';
import { drill } from '../../support/drill.ts';

const all = ['rehearse-failover', 'rehearse-pitr'];
// The other book is rehearsed in ../rehearse.test.ts, on a cluster with all that a copy must be cut off from.
const few = all.slice(0, 1);

it.each(Number(process.env['LIFEBOAT_ROUNDS'] ?? 0) > 10 ? all : few)('%s', { timeout: 480_000 }, async name => {
  const report = await drill(name);
  expect(report).toMatchObject({
    outcome: 'passed',
    runbook: name.replace('rehearse-', ''),
    timeline: { before: 1, after: 1 },
    ledger: { lost: 0, unexpected: 0 },
  });
  expect(report.steps.length).toBeGreaterThan(0);
  // Each proof by its name: one that is not asked for would hold as well.
  expect(report.proofs.map(one => one.name)).toEqual(
    expect.arrayContaining([
      'tables',
      'base backups',
      'copy: tables',
      'copy: timeline',
      'copy: rows lost',
      'connections to the cluster meanwhile',
      'kept in the repository',
      'left of the copy',
    ]),
  );
});
