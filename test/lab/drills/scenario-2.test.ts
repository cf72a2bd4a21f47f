// The document's second scenario: back to just before a mistake, and replication rebuilt; many rounds try every kind of target.

import { describe, expect, it } from 'vitest';
import { drill } from '../../support/drill.ts';

const all = ['scenario-2', 'scenario-2-time', 'scenario-2-lsn', 'scenario-2-name'];
// A target of each kind stops where it must in mistake.test.ts; here the whole way is gone.
const few = all.slice(0, 2);

describe.each(Number(process.env['LIFEBOAT_ROUNDS'] ?? 0) > 10 ? all : few)('%s', name => {
  // A restore and a rebuild, on a busy machine.
  it('nothing from before the mistake is missing, nothing from behind it is there', { timeout: 480_000 }, async () => {
    const report = await drill(name);
    expect(report).toMatchObject({
      outcome: 'passed',
      exitCode: 0,
      runbook: 'pitr',
      timeline: { before: 1, after: 2 },
      ledger: { lost: 0, unexpected: 0 },
    });
    expect(report.ledger.givenUp).toBeGreaterThan(0);
    const [act] = report.acts;
    expect(act?.wayBack).toMatchObject({ mistake: { statement: 'TRUNCATE public.pgbench_history' } });
    expect(act?.wayBack?.findSeconds).toBeGreaterThan(0);
    expect(act?.standbys).toEqual(['node2']);
    // Each proof by its name: one that is not asked for would hold as well.
    expect(report.proofs.map(one => one.name)).toEqual(
      expect.arrayContaining([
        'wal find names TRUNCATE public.pgbench_history',
        'recovery stopped',
        'recovery settings left',
        'rows committed after the target',
        'the gate told of that loss',
        'tables',
        'select max(mtime) from pgbench_history',
        'rows on node2',
      ]),
    );
  });
});
