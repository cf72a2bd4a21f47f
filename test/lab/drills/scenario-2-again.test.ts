// A first way back that went too far, and a second one: with the default recovery_target_timeline it would follow the first and be wrong.

import { expect, it } from 'vitest';
import { drill } from '../../support/drill.ts';

it('scenario-2-again: the rows between both targets come back', { timeout: 480_000 }, async () => {
  const report = await drill('scenario-2-again');
  expect(report).toMatchObject({
    outcome: 'passed',
    runbook: 'pitr',
    timeline: { before: 1, after: 3 },
    ledger: { lost: 0, unexpected: 0 },
  });
  const [early, right] = report.acts;
  expect(early?.wayBack?.target[0]).toMatch(/^to_time=/);
  // As lifeboat wal find prints it, once the newest timeline does not lead there any more.
  expect(right?.wayBack?.target).toContain('timeline=1');
  expect(early?.ledger.givenUp).toBeGreaterThan(0);
  expect(right?.proofs.map(({ name }) => name)).toEqual(expect.arrayContaining(['recovery stopped', 'tables']));
});
