// Neither PostgreSQL nor sshd answers: what was lost cannot be known.

import { describe, expect, it } from 'vitest';
import { drill, replications, whole } from '../../support/drill.ts';

describe.each(replications)('%s', options => {
  it('failover-host-gone: bytes are unknown, and there is no bound in time', async () => {
    const report = await drill('failover-host-gone', ...options);
    expect(report).toMatchObject({
      ...whole,
      loss: { estimateBytes: null, estimateSeconds: null },
      ledger: { unexpected: 0 },
    });
    if (options.length > 0) expect(report.ledger.lost).toBe(0);
  });
});
