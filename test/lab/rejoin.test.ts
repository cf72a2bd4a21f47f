// How a lost node comes back: each story a real cluster, what the dry run says, and what the node is afterwards.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/drivers/process.ts';
import { endProcesses } from '../../src/lab/destroy.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { makeDirectories } from '../../src/lab/ownership.ts';
import { promote } from '../../src/lab/promote.ts';
import { initialise, startServer, stopServer } from '../../src/lab/server.ts';
import { primaryOf, standbyOf } from '../../src/lab/upstream.ts';
import { seconds } from '../../src/time.ts';
import * as b from '../support/branches.ts';
import { Eager } from '../support/eager.ts';
import { Machine } from '../support/lifeboat.ts';
import { until } from '../support/until.ts';

const { comesBack, inStep, partWays, write } = b;
let lab: Lab;
let machine: Machine;

const pair = (part: string, stay: string): b.Pair => ({ lab, machine, part: lab.node(part), stay: lab.node(stay) });

async function make(nodes: number): Promise<void> {
  lab = await createLab({ nodes });
  machine = new Machine(lab.inventoryFile);
  await lab.psql('node1', b.table);
}

async function unmake(): Promise<void> {
  machine.remove();
  await lab.destroy();
}

// Each story begins with a primary and a standby, whichever is which: who comes back in one is promoted in the next.
describe('two nodes', () => {
  beforeAll(() => make(2));
  afterAll(unmake);

  async function story(): Promise<b.Pair> {
    const [part, stay] = [await primaryOf(lab), await standbyOf(lab)];
    return { lab, machine, part, stay };
  }

  it('shut down cleanly before the fork: follow', async () => {
    const it = await story();
    await inStep(it);
    await stopServer(it.part, lab.programs);
    await promote(lab, it.stay);
    await write(it, it.stay, 'after the fork');
    const asked = await machine.run('run', 'rejoin', '--method', 'rebuild', ...b.bound(it), '--dry-run');
    expect(asked.code, asked.stderr).toBe(0);
    expect(b.flat(asked.stdout)).toMatch(/\(rebuild: as asked for; the WAL of node\d ends at /);
    expect(b.flat(asked.stdout)).toMatch(/To do it: lifeboat run rejoin --method rebuild --bind .* --plan \w{6} $/);
    const refused = await machine.run('run', 'rejoin', '--method', 'rewind', ...b.bound(it), '--yes');
    expect(refused.code).toBe(4);
    await comesBack(it, /follow: the WAL of NODE ends at 0\/\w+, and PRIMARY left timeline \d at 0\/\w+/);
  });

  it('crashed with nothing of its own: follow', async () => {
    const it = await story();
    await write(it, it.part, 'before the fork');
    await inStep(it);
    await endProcesses(it.part.data);
    await promote(lab, it.stay);
    await comesBack(it, /follow: the WAL of NODE ends at 0\/\w+, and PRIMARY left timeline \d at 0\/\w+/);
  });

  it('crashed ahead of the fork: rewind; its own WAL is kept', async () => {
    const it = await story();
    const own = await lab.psql(it.part.name, 'select pg_walfile_name(pg_current_wal_lsn())');
    await partWays(it, 'crash', () => write(it, it.part, 'lost'));
    await comesBack(it, /rewind: the WAL of NODE goes on to 0\/\w+; PRIMARY left timeline \d at 0\/\w+; pg_rewind can/);
    expect(b.keptAside(it.part)).toContain(own);
  });

  it('the same without checksums and hints: rebuild', async () => {
    const it = await story();
    await partWays(it, 'clean', () => write(it, it.part, 'lost'));
    const checksums = [`${lab.description.bin}/pg_checksums`, '--disable', '-N', '-D', it.part.data];
    expect((await run(checksums, { as: lab.user.as, within: seconds(60) })).code).toBe(0);
    await comesBack(it, /rebuild: .* pg_rewind cannot be used: neither data checksums nor wal_log_hints were on/);
    expect(await lab.psql(it.part.name, 'show data_checksums')).toBe('on');
  });

  it('WAL from the last checkpoint before the fork on lies only in its archive: rewind', async () => {
    const it = await story();
    const ask = (sql: string) => lab.psql(it.part.name, sql);
    await ask('alter system set wal_keep_size = 0; select pg_reload_conf()');
    await partWays(it, 'crash', async () => {
      const first = await ask('select pg_walfile_name(pg_current_wal_lsn())');
      for (const what of ['a', 'b', 'c']) {
        await write(it, it.part, what, 10);
        await ask('select pg_switch_wal(); checkpoint');
      }
      await until(() => existsSync(`${it.part.archive}/${first}`), 'it is archived');
      await until(async () => {
        await ask('checkpoint');
        return !existsSync(`${it.part.wal}/${first}`);
      }, 'it is gone from pg_wal');
    });
    await comesBack(it, /rewind: .* pg_rewind can take it back, with WAL that only its archive has/);
  });

  it('pg_rewind killed while it writes: nothing starts what is left, and a rebuild is decided', async () => {
    const it = await story();
    const { part } = it;
    await lab.psql(part.name, "alter system set work_mem = '5MB'");
    await partWays(it, 'crash', () => write(it, part, 'lost'));
    await b.bulk(it);
    const [died, { pid }] = [machine.run('run', 'rejoin', ...b.bound(it), '--yes'), await b.rewindAtWork(part)];
    process.kill(pid, 'SIGKILL');
    const manager = new Eager(lab, part);
    expect((await died).code).toBe(10);
    expect(existsSync(part.data)).toBe(false);
    expect(existsSync(`${part.data}.rewinding.half`)).toBe(true);
    await manager.triesAgain();
    await manager.stop();
    expect(manager.writable).toBe(false);

    await comesBack(it, /rebuild: a pg_rewind of NODE died half-way, and what it left cannot be used/);
    expect(await lab.psql(part.name, 'show work_mem')).toBe('5MB');
    const again = await machine.run('run', 'rejoin', ...b.bound(it), '--dry-run');
    expect(b.flat(again.stdout)).toContain(`nothing: ${part.name} streams from ${it.stay.name}`);
  });

  it('Lifeboat killed during the rewind: resume finishes it', async () => {
    const it = await story();
    await partWays(it, 'crash', () => write(it, it.part, 'lost'));
    let name = '';
    const { ended } = machine.start(['run', 'rejoin', ...b.bound(it), '--yes', '--json'], (event, child) => {
      if (event.e === 'run') name = String(event['run']);
      if (event.e === 'began' && JSON.stringify(event['op']).includes('pg_rewind')) child.kill('SIGKILL');
    });
    expect((await ended).signal).toBe('SIGKILL');
    const resumed = await machine.run('resume', name, '--yes');
    expect(resumed.code, resumed.stdout + resumed.stderr).toBe(0);
    await b.isBack(it);
  });

  it('a tablespace made after the fork: rebuild, with the tablespace where this node has its place', async () => {
    const it = await story();
    const place = (node: b.LabNode) => `${node.directory}/disk5/space`;
    for (const node of lab.nodes) makeDirectories(lab.directory, `${node.directory}/disk5`, 0o700, lab.user);
    makeDirectories(lab.directory, place(it.stay), 0o700, lab.user);
    const written = readFileSync(lab.inventoryFile, 'utf8');
    const map = '$&\n$1tablespaces: { space: $2/disk5/space }';
    writeFileSync(lab.inventoryFile, written.replaceAll(/^( +)broken: (.*\/node\d)\/.*$/gm, map));
    await partWays(it, 'crash', () => write(it, it.part, 'lost'));
    await lab.psql(it.stay.name, `create tablespace space location '${place(it.stay)}'`);
    await lab.psql(it.stay.name, 'create table elsewhere tablespace space as select 1 as n');
    await comesBack(it, /rebuild: .* pg_rewind cannot be used: tablespace space was made after the fork/);
    expect(await lab.psql(it.part.name, 'select n from elsewhere')).toBe('1');
    const where = "select pg_tablespace_location(oid) from pg_tablespace where spcname = 'space'";
    expect(await lab.psql(it.part.name, where)).toBe(place(it.part));
  });
});

describe('three nodes', () => {
  beforeAll(() => make(3));
  afterAll(unmake);

  //  node1 ─── primary                       node1 ─── primary
  //    ├────── node2                           ├────── node2
  //    └─ 2 ── node3: promoted by hand         └────── node3
  it('a stray promotion while the primary lives: it is stopped, and rewound', async () => {
    const it = pair('node3', 'node1');
    await inStep({ ...it, part: it.stay, stay: it.part });
    await promote(lab, it.part);
    await write(it, it.part, 'lost');
    await write(it, it.stay, 'kept');
    const dry = await machine.run('run', 'rejoin', ...b.bound(it), '--dry-run');
    expect(dry.code, dry.stdout + dry.stderr).toBe(0);
    expect(b.flat(dry.stdout)).toMatch(/stop-stray .* rewind: if the WAL of node3 goes on beyond the fork/);
    const done = await machine.run('run', 'rejoin', ...b.bound(it), '--yes');
    expect(done.code, done.stdout + done.stderr + b.endOfLog(it.part)).toBe(0);
    expect(done.stderr).toMatch(
      /rewind: node3 went on to timeline 2 of its own; it parted from node1 on timeline 1 at 0\/\w+; pg_rewind can/,
    );
    await b.isBack(it);
    // Left there, the standby would look for a way to that timeline for ever.
    expect(readdirSync(it.part.archive)).not.toContain('00000002.history');
    expect(await lab.psql('node1', 'select count(*) from pg_stat_replication')).toBe('2');
  });

  //  node1 ──┬──────┬──✗
  //          │      └─ 2 ── node2
  //          └─ 2 ── node3
  it('two standbys promoted apart, both on timeline 2: rebuild, for pg_rewind would see nothing to do', async () => {
    const [first, it] = [pair('node1', 'node2'), pair('node3', 'node2')];
    await stopServer(it.part, lab.programs);
    await write(first, first.part, 'after node3 was stopped');
    await inStep(first);
    await stopServer(first.part, lab.programs);
    await promote(lab, it.stay);
    await startServer(it.part, lab.programs);
    await promote(lab, it.part);
    await write(it, it.part, 'lost');
    await stopServer(it.part, lab.programs);
    await comesBack(it, /rebuild: NODE went on to timeline 2 of its own; .*; PRIMARY calls its own timeline 2 too/);
  });

  it('a node with the data of another cluster: refused, with both system identifiers', async () => {
    const node1 = lab.node('node1');
    const own = await lab.psql('node2', 'select system_identifier from pg_control_system()');
    await run(['rm', '-rf', node1.data, node1.wal], { within: seconds(60) });
    await initialise(node1, lab.programs);
    const said = await machine.run('run', 'rejoin', ...b.bound(pair('node1', 'node2')), '--yes');
    expect(said.code).toBe(4);
    expect(b.flat(said.stdout + said.stderr)).toContain(own);
    expect(b.flat(said.stdout + said.stderr)).toContain(await systemIdOf(node1));
    expect(existsSync(`${node1.data}/PG_VERSION`)).toBe(true);
  });

  async function systemIdOf(node: b.LabNode): Promise<string> {
    const asked = await run([`${lab.description.bin}/pg_controldata`, '-D', node.data], {
      as: lab.user.as,
      within: seconds(10),
    });
    return /system identifier: +(\d+)/.exec(asked.stdout)?.[1] ?? 'none';
  }
});
