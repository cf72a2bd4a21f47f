// The postmaster is frozen: it hears neither way to stop.

import { describe, expect, it } from 'vitest';
import { drill, replications, whole } from '../../support/drill.ts';

describe.each(replications)('%s', options => {
  it('failover-frozen: neither stop ends it; nothing is lost', async () => {
    const report = await drill('failover-frozen', ...options);
    expect(report).toMatchObject({ ...whole, loss: { estimateBytes: 0 }, ledger: { lost: 0, unexpected: 0 } });
  });
});
