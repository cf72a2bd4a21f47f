// Three nodes: which standby a failover chooses, and whom the commits of the new primary wait for.

import { afterEach, expect, it } from 'vitest';
import { faults } from '../../src/lab/faults/index.ts';
import { createLab, type Lab, type LabOptions } from '../../src/lab/lab.ts';
import type { ShownPlan } from '../../src/engine/planned.ts';
import type { StepId } from '../../src/runbook/book-types.ts';
import { actions } from '../../src/actions/index.ts';
import { lookInto } from '../support/lab-look.ts';
import { Machine } from '../support/lifeboat.ts';
import { until } from '../support/until.ts';

let lab: Lab;
let machine: Machine;

async function make(options: LabOptions): Promise<void> {
  lab = await createLab({ nodes: 3, ...options });
  machine = new Machine(lab.inventoryFile);
}

afterEach(async () => {
  machine.remove();
  await lab.destroy();
});

/** Carries it out; what its plan had shown of the standby, and of the step that lets the commits go. */
async function failover(...options: readonly string[]) {
  const done = await machine.run('run', 'failover', '-p', 'down_for=1s', ...options, '--json');
  expect(done.code, `${done.stdout}\n${done.stderr}`).toBe(0);
  const { plan } = JSON.parse(done.stdout.split('\n')[0]!) as { plan: ShownPlan };
  const step = plan.steps.find(({ id }) => id === ('release-commits' as StepId));
  return { standby: plan.views.find(({ role }) => role === 'standby')?.words, release: step?.ways[0]?.ops[0]?.op };
}

const senders = "select string_agg(application_name || ' ' || state, ', ') from pg_stat_replication";

//   node1 ── node2 ── node3        node1 ✗   node2 ── node3
it('a cascade: the direct standby is chosen, its own standby goes on and keeps the commits safe', async () => {
  await make({ upstream: { node3: 'node2' }, synchronous: true });
  expect(await lab.psql('node1', senders)).toBe('node2 streaming');
  expect(await lab.psql('node2', senders)).toBe('node3 streaming');
  await lab.psql('node1', 'create table t as select 1 as n');
  await until(async () => (await lab.psql('node3', 'select n from t').catch(() => '')) === '1');

  await faults.get('killed')?.break(lab, lab.node('node1'), {});
  const { standby, release } = await failover('--yes');
  expect(standby).toMatch(/ · chosen: node3 streams from another standby$/);
  expect(release).toMatchObject({ why: 'node1 does not follow node2; those left keep up the guarantee' });
  // Let go at first, and put back: node3 alone is enough for one of two, and node1 counts as soon as it is back.
  expect(await lab.psql('node2', 'show synchronous_standby_names')).toBe('ANY 1 ("node1", "node3")');
  await lab.psql('node2', 'insert into t values (2)');
  await until(async () => (await lab.psql('node3', 'select max(n) from t')) === '2');
  expect(await lab.psql('node3', 'select received_tli from pg_stat_wal_receiver')).toBe('2');

  await lab.psql('node2', "alter system set synchronous_standby_names = ''; select pg_reload_conf()");
  const into = lookInto(lab);
  const plan = await actions.get('synchronous-standbys')!.plan({ node: 'node2', names: 'configured' }, into.look());
  expect(plan.do).toMatchObject({
    ops: [
      {
        do: { statements: [{ text: 'ALTER SYSTEM RESET synchronous_standby_names' }, {}] },
        done: [{ with: { is: 'ANY 1 ("node1", "node3")' } }],
        why: 'node3 can answer again',
      },
    ],
  });
  await into.close();
});

//   node1 ── node2 (stalled)       node1 ✗   node3 ── node2
//        └── node3
it('a host that is gone: the standby that received more is chosen, and the other one is led to it', async () => {
  await make({ synchronous: true });
  await lab.psql('node2', "alter system set primary_conninfo = ''; select pg_reload_conf()");
  await until(async () => (await lab.psql('node1', senders)) === 'node3 streaming');
  await lab.psql('node1', "create table t as select repeat('x', 1000) from generate_series(1, 3000)");
  await faults.get('host-gone')?.break(lab, lab.node('node1'), {});

  const { standby, release } = await failover('--accept-unfenced', 'node1', '--accept-loss', 'unknown', '--yes');
  expect(standby).toMatch(/^standby, .* · chosen: received [\d.]+ MB more than node2$/);
  expect(release).toMatchObject({ why: 'node1 and node2 do not follow node3: every commit would hang' });
  // Let go at first, and put back as soon as node2 has been led to its new primary.
  expect(await lab.psql('node3', 'show synchronous_standby_names')).toBe('ANY 1 ("node1", "node2")');
  expect(await lab.psql('node3', senders)).toBe('node2 streaming');
  expect(await lab.psql('node3', 'select count(*) from t')).toBe('3000');
});
