// The document's fifth and sixth scenario: forward to the failure, from the WAL on the disk and from what was streamed.

import { expect, it } from 'vitest';
import { processesOf } from '../../../src/lab/processes.ts';
import { drill } from '../../support/drill.ts';
import { Machine } from '../../support/lifeboat.ts';

it.each([
  ['restore-to-failure', 'data-lost on node1', []],
  ['restore-to-failure-corrupt', 'data-corrupt on node1', []],
  ['restore-stream', 'site-lost on node1', ['--keep']],
])('%s: nothing that was acknowledged is lost', { timeout: 360_000 }, async (name, fault, options) => {
  const report = await drill(name, ...options);
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
  expect(report.kept).toEqual(options.length > 0 ? expect.any(String) : undefined);
  if (report.kept !== undefined) await isLeftUp(report.kept);
});

/** With its receiver, which the drill does not wait for; `lab down` ends all of it. */
async function isLeftUp(directory: string): Promise<void> {
  const commands = (): string[] => processesOf(directory).map(({ command }) => command);
  expect(commands()).toEqual(expect.arrayContaining([expect.stringContaining('wal receive')]));
  const machine = new Machine('/nowhere/lifeboat.yaml');
  const said = await machine.run('lab', 'down', '--lab', directory);
  machine.remove();
  expect(said.code, said.stderr).toBe(0);
  expect(commands()).toEqual([]);
}
