// The document's own fault, under load: the primary can no longer write WAL.

import { describe, expect, it } from 'vitest';
import { drill, replications, whole } from '../../support/drill.ts';

describe.each(replications)('%s', options => {
  it('failover-wal-unwritable: 0, then 1, then 2; the WAL is salvaged and nothing is lost', async () => {
    const report = await drill('failover-wal-unwritable', ...options);
    expect(report).toMatchObject({ ...whole, loss: { estimateBytes: 0 }, ledger: { lost: 0, unexpected: 0 } });
    const phases = report.readiness.map(({ is }) => is);
    expect(phases.indexOf('rejecting')).toBeGreaterThan(phases.indexOf('accepting'));
    expect(phases.lastIndexOf('no-response')).toBeGreaterThan(phases.indexOf('rejecting'));
    const rejecting = report.readiness.filter(({ is }) => is === 'rejecting');
    const seconds = rejecting.reduce((sum, { from, to }) => sum + (Date.parse(to) - Date.parse(from)) / 1000, 0);
    expect(seconds).toBeGreaterThan(2);
    expect(report.rto.clientGapSeconds).toBeCloseTo(
      (report.rto.detectSeconds ?? 0) + (report.rto.decideSeconds ?? 0) + (report.rto.promoteSeconds ?? 0),
      1,
    );
  });
});
