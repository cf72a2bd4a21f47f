// How a lost node comes back: each story a real cluster, what the dry run says, and what the node is afterwards.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/drivers/process.ts';
import { endProcesses } from '../../src/lab/destroy.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { makeDirectories } from '../../src/lab/ownership.ts';
import { promote } from '../../src/lab/promote.ts';
import { initialise, startServer, stopServer } from '../../src/lab/server.ts';
import { seconds } from '../../src/time.ts';
import * as b from '../support/branches.ts';
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

// Each story begins where the one before ends: the node that came back is the standby that is promoted next.
describe('two nodes', () => {
  beforeAll(() => make(2));
  afterAll(unmake);

  it('shut down cleanly before the fork: follow', async () => {
    const story = pair('node1', 'node2');
    await inStep(story);
    await stopServer(story.part, lab.programs);
    await promote(lab, story.stay);
    await write(story, story.stay, 'after the fork');
    await comesBack(story, /follow: the WAL of node1 ends at 0\/\w+, and node2 left timeline 1 at 0\/\w+/);
  });

  it('crashed with nothing of its own: follow', async () => {
    const story = pair('node2', 'node1');
    await write(story, story.part, 'before the fork');
    await inStep(story);
    await endProcesses(story.part.data);
    await promote(lab, story.stay);
    await comesBack(story, /follow: the WAL of node2 ends at 0\/\w+, and node1 left timeline 2 at 0\/\w+/);
  });

  it('crashed ahead of the fork: rewind, and its own WAL is kept', async () => {
    const story = pair('node1', 'node2');
    await partWays(story, 'crash', () => write(story, story.part, 'lost'));
    await comesBack(
      story,
      /rewind: the WAL of node1 goes on to 0\/\w+; node2 left timeline 3 at 0\/\w+; pg_rewind can/,
    );
    expect(b.keptAside(story.part)).toContainEqual(expect.stringMatching(/^00000003\w{16}$/));
  });

  it('the same without checksums and hints: rebuild', async () => {
    const story = pair('node2', 'node1');
    await partWays(story, 'clean', () => write(story, story.part, 'lost'));
    const checksums = [`${lab.description.bin}/pg_checksums`, '--disable', '-N', '-D', story.part.data];
    expect((await run(checksums, { as: lab.user.as, within: seconds(60) })).code).toBe(0);
    await comesBack(story, /rebuild: .* pg_rewind cannot be used: neither data checksums nor wal_log_hints were on/);
    expect(await lab.psql('node2', 'show data_checksums')).toBe('on');
  });

  it('WAL from the last checkpoint before the fork on lies only in its archive: rewind', async () => {
    const story = pair('node1', 'node2');
    await lab.psql('node1', 'alter system set wal_keep_size = 0; select pg_reload_conf()');
    await partWays(story, 'crash', async () => {
      const first = await lab.psql('node1', 'select pg_walfile_name(pg_current_wal_lsn())');
      for (const what of ['a', 'b', 'c']) {
        await write(story, story.part, what, 10);
        await lab.psql('node1', 'select pg_switch_wal(); checkpoint');
      }
      await until(() => existsSync(`${story.part.archive}/${first}`), 'it is archived');
      await until(async () => {
        await lab.psql('node1', 'checkpoint');
        return !existsSync(`${story.part.wal}/${first}`);
      }, 'it is gone from pg_wal');
    });
    await comesBack(story, /rewind: .* pg_rewind can take it back, with WAL that only its archive has/);
  });

  it('pg_rewind killed while it writes: nothing starts what is left, and a rebuild is decided', async () => {
    const story = pair('node2', 'node1');
    const { part } = story;
    await lab.psql('node2', "alter system set work_mem = '5MB'");
    await partWays(story, 'crash', () => write(story, part, 'lost'));
    await b.bulk(story);
    const [died, { pid }] = [machine.run('run', 'rejoin', ...b.bound(story), '--yes'), await b.rewindAtWork(part)];
    process.kill(pid, 'SIGKILL');
    expect((await died).code).toBe(10);
    expect(existsSync(part.data)).toBe(false);
    expect(existsSync(`${part.data}.rewinding.half`)).toBe(true);
    await expect(startServer(part, lab.programs)).rejects.toThrow();

    await comesBack(story, /rebuild: a pg_rewind of node2 died half-way, and what it left cannot be used/);
    expect(await lab.psql('node2', 'show work_mem')).toBe('5MB');
    const again = await machine.run('run', 'rejoin', ...b.bound(story), '--dry-run');
    expect(b.flat(again.stdout)).toContain('nothing: node2 streams from node1');
  });

  it('Lifeboat killed during the rewind: resume finishes it', async () => {
    const story = pair('node1', 'node2');
    await partWays(story, 'crash', () => write(story, story.part, 'lost'));
    let name = '';
    const { ended } = machine.start(['run', 'rejoin', ...b.bound(story), '--yes', '--json'], (event, child) => {
      if (event.e === 'run') name = String(event['run']);
      if (event.e === 'began' && JSON.stringify(event['op']).includes('pg_rewind')) child.kill('SIGKILL');
    });
    expect((await ended).signal).toBe('SIGKILL');
    const resumed = await machine.run('resume', name, '--yes');
    expect(resumed.code, resumed.stdout + resumed.stderr).toBe(0);
    await b.isBack(story);
  });

  it('a tablespace made after the fork: rebuild, with the tablespace where this node has its place', async () => {
    const story = pair('node2', 'node1');
    const place = (node: b.LabNode) => `${node.directory}/disk5/space`;
    for (const node of lab.nodes) makeDirectories(lab.directory, `${node.directory}/disk5`, 0o700, lab.user);
    makeDirectories(lab.directory, place(story.stay), 0o700, lab.user);
    const written = readFileSync(lab.inventoryFile, 'utf8');
    const withPlace = written.replaceAll(
      /^( +)broken: (.*\/(node\d))\/.*$/gm,
      `$&\n$1tablespaces: { space: $2/disk5/space }`,
    );
    writeFileSync(lab.inventoryFile, withPlace);
    await partWays(story, 'crash', () => write(story, story.part, 'lost'));
    await lab.psql('node1', `create tablespace space location '${place(story.stay)}'`);
    await lab.psql('node1', 'create table elsewhere tablespace space as select 1 as n');
    await comesBack(story, /rebuild: .* pg_rewind cannot be used: tablespace space was made after the fork/);
    expect(await lab.psql('node2', 'select n from elsewhere')).toBe('1');
    expect(
      await lab.psql('node2', "select pg_tablespace_location(oid) from pg_tablespace where spcname = 'space'"),
    ).toBe(place(story.part));
  });
});

describe('three nodes', () => {
  beforeAll(() => make(3));
  afterAll(unmake);

  //  node1 ─── primary                       node1 ─── primary
  //    ├────── node2                           ├────── node2
  //    └─ 2 ── node3: promoted by hand         └────── node3
  it('a stray promotion while the primary lives: it is stopped, and rewound', async () => {
    const story = pair('node1', 'node3');
    await inStep(story);
    await promote(lab, story.stay);
    await write(story, story.stay, 'lost');
    await write(story, story.part, 'kept');
    const stray = pair('node3', 'node1');
    const dry = await machine.run('run', 'rejoin', ...b.bound(stray), '--dry-run');
    expect(dry.code, dry.stdout + dry.stderr).toBe(0);
    expect(b.flat(dry.stdout)).toMatch(/stop-stray/);
    console.log(dry.stdout);
    const done = await machine.run('run', 'rejoin', ...b.bound(stray), '--yes');
    expect(done.code, done.stdout + done.stderr).toBe(0);
    console.log(done.stdout + done.stderr);
    await b.isBack(stray);
    expect(await lab.psql('node1', 'select count(*) from pg_stat_replication')).toBe('2');
  });

  it('two standbys promoted apart, both on timeline 2: rebuild, for pg_rewind would see nothing to do', async () => {
    const [node1, node3] = [lab.node('node1'), lab.node('node3')];
    await stopServer(node3, lab.programs);
    const first = pair('node1', 'node2');
    await write(first, node1, 'after node3 was stopped');
    await inStep(first);
    await stopServer(node1, lab.programs);
    await promote(lab, first.stay);
    await startServer(node3, lab.programs);
    await promote(lab, node3);
    const story = pair('node3', 'node2');
    await write(story, node3, 'lost');
    await stopServer(node3, lab.programs);
    await comesBack(story, /rebuild: /);
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
