// A host that was gone during the failover comes back with its PostgreSQL running: found, fenced, cried out, stopped, rejoined.

import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { afterEach, expect, it } from 'vitest';
import { faults } from '../../src/lab/faults/index.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { postmaster, startServer } from '../../src/lab/server.ts';
import { Machine } from '../support/lifeboat.ts';

let lab: Lab;
let machine: Machine;

afterEach(async () => {
  machine.remove();
  await lab.destroy();
});

interface Status {
  readonly nodes: readonly { readonly node: string; readonly role: string | null; readonly fence: string | null }[];
  readonly owed: readonly { readonly node: string; readonly is: string }[];
}

/** As it stands in schemas/: of the file that others read. */
const valid = (name: string) =>
  new Ajv({ strict: false }).compile(
    JSON.parse(readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), 'utf8')) as object,
  );
const validStatus = valid('status');
const validEvent = valid('watch-event');

async function status(): Promise<Status> {
  const said = JSON.parse((await machine.run('status', '--json')).stdout) as Status;
  expect(validStatus(said), JSON.stringify(validStatus.errors)).toBe(true);
  return said;
}

//   node1 ✗ ── node2      node1 ✗   node2      node1 !  node2      node1 ▪  node2      node2 ── node1
it('owed by the failover, placed by watch beneath a server that runs, obeyed at its next start, lifted by the rejoin', async () => {
  lab = await createLab();
  machine = new Machine(lab.inventoryFile);
  const node1 = lab.node('node1');
  const lifeboat = async (code: number, ...args: string[]) => {
    const said = await machine.run(...args);
    expect(said.code, `${args.join(' ')}\n${said.stdout}\n${said.stderr}`).toBe(code);
    return said;
  };
  const gone = faults.get('host-gone')!;
  await gone.break(lab, node1, {});
  const accepted = ['--accept-unfenced', 'node1', '--accept-loss', 'unknown', '--yes'];
  const lost = await lifeboat(0, 'run', 'failover', '-p', 'down_for=1s', ...accepted);
  expect(lost.stderr).toContain('fence owed: node1; placed as soon as it answers');
  const { stdout } = await lifeboat(0, 'status');
  expect(stdout).toMatch(/^fence owed: node1 cannot be reached \(run \S+-failover-\w+\)$/m);

  // Its service manager starts what it finds.
  await gone.heal(lab, node1);
  await lab.start();
  expect(await lab.psql('node1', 'select pg_is_in_recovery()')).toBe('f');
  const shown = await lifeboat(0, 'run', 'fence', '--bind', 'node=node1', '--dry-run');
  expect(shown.stderr).toMatch(/TWO PRIMARIES: .* no fence stands there/);
  expect((await status()).nodes[0]).toMatchObject({ role: 'primary', fence: null });

  const watched = await lifeboat(0, 'watch', '--once', '--json');
  const events = watched.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { e: string });
  for (const event of events) expect(validEvent(event), JSON.stringify([event, validEvent.errors])).toBe(true);
  expect(events.filter(({ e }) => e === 'owed')).toMatchObject([
    { node: 'node1', is: 'second-primary', words: expect.stringContaining('TWO PRIMARIES') as string },
  ]);
  expect(events.at(-1)!.e).toBe('end');
  expect(watched.stderr).toMatch(
    /TWO PRIMARIES: node1 is back and runs beside node2, .* lifeboat run fence --bind node=node1 --yes$/m,
  );
  expect(readFileSync(`${node1.data}/postgresql.auto.conf`, 'utf8')).toContain('lifeboat_fence = ');
  expect(postmaster(node1)).toBeDefined();
  expect(await status()).toMatchObject({
    nodes: [{ role: 'primary', fence: 'node2 is the primary now' }, { role: 'primary' }],
    owed: [{ node: 'node1', is: 'second-primary' }],
  });

  const stopped = await lifeboat(0, 'run', 'fence', '--bind', 'node=node1', '--yes');
  expect(stopped.stderr).toContain('no fence is owed any more: node1 is fenced: node2 is the primary now');
  await expect(startServer(node1, lab.programs)).rejects.toThrow(/did not start/);
  expect(readFileSync(node1.log, 'utf8')).toContain('unrecognized configuration parameter "lifeboat_fence"');
  expect((await lifeboat(0, 'status')).stdout).toMatch(/^node1: fenced: node2 is the primary now$/m);

  await lifeboat(0, 'run', 'rejoin', '--bind', 'node=node1', '--yes');
  expect(await status()).toMatchObject({ nodes: [{ role: 'standby', fence: null }, { role: 'primary' }], owed: [] });
});
