// What goes wrong in a switchover: it is refused with everything listed at once, or taken back, or ends well all the same.

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { background, type Background } from '../../src/drivers/process.ts';
import { faults } from '../../src/lab/faults/index.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { endOfLog, logFrom } from '../../src/lab/log.ts';
import { signal } from '../../src/lab/processes.ts';
import { mark, postmaster } from '../../src/lab/server.ts';
import { Eager, startByHand } from '../support/eager.ts';
import { type Event, Machine, type Said } from '../support/lifeboat.ts';
import { until } from '../support/until.ts';

let lab: Lab;
let machine: Machine;
/** While this file stands, archive_command of node1 hangs. */
let hold: string;

beforeAll(async () => {
  lab = await createLab({ nodes: 2 });
  hold = `${lab.directory}/hold`;
  const text = readFileSync(lab.inventoryFile, 'utf8');
  writeFileSync(lab.inventoryFile, text.replace('replication: {', 'replication: { slots: true,'));
  machine = new Machine(lab.inventoryFile);
});

afterAll(async () => {
  machine.remove();
  await lab.destroy();
});

const at =
  (e: string, step: string) =>
  (event: Event): boolean =>
    event.e === e && event.step === step;

/** What the story before left behind is over: nothing stands in the way of a switchover any more. */
const nothingInTheWay = (): Promise<boolean> =>
  until(async () => (await machine.run('run', 'switchover', '--dry-run')).code === 0);

/** A switchover with something happening at a moment of it. */
async function switchover(
  moment: (event: Event) => boolean,
  mishap: () => unknown,
  ...options: readonly string[]
): Promise<Said & { readonly run: string }> {
  let run = '';
  let done: unknown;
  await nothingInTheWay();
  const { ended } = machine.start(['run', 'switchover', '--yes', '--json', ...options], event => {
    if (event.e === 'run') run = String(event['run']);
    if (done === undefined && moment(event)) done = mishap() ?? null;
  });
  const said = await ended;
  await done;
  return { ...said, run };
}

/** The end as the operator reads it. */
function lastWords(run: string): { exit: number; why: string; hint: string } {
  return machine.journal(run).at(-1) as unknown as { exit: number; why: string; hint: string };
}

const takesWrites = async (node: string): Promise<boolean> =>
  (await lab.psql(node, 'create temporary table w (n int); select pg_is_in_recovery()')) === 'f';

const follows = (primary: string): Promise<boolean> =>
  until(async () => (await lab.psql(primary, 'select state from pg_stat_replication')) === 'streaming');

/** node1 is the primary again, as if nothing had been; what to do next is said. */
async function takenBack(run: string, why: RegExp): Promise<void> {
  const end = lastWords(run);
  expect(end.why).toMatch(why);
  expect(end.why).toMatch(/; \d ops? taken back; node1 takes writes$/);
  expect(end.exit).toBe(10);
  expect(end.hint).toContain('begin anew: lifeboat run switchover --dry-run');
  expect(await takesWrites('node1')).toBe(true);
  expect(existsSync(`${lab.node('node1').data}/standby.signal`)).toBe(false);
  expect(await lab.psql('node2', 'select pg_is_in_recovery()')).toBe('t');
  expect(await lab.psql('node2', 'show restore_command')).not.toBe('');
  await follows('node1');
}

/** The last segment of a stop is archived, and the stop waits for that. */
async function archiverHangs(): Promise<void> {
  const { archive } = lab.node('node1');
  const command = `while test -e ${hold}; do sleep 0.1; done; cp %p ${archive}/%f`;
  await lab.psql('node1', `alter system set archive_command = '${command}'`);
  await lab.psql('node1', 'select pg_reload_conf()');
}

const stopping = (): Promise<true> => {
  const from = readFileSync(lab.node('node1').log, 'utf8').length;
  return until(
    () => readFileSync(lab.node('node1').log, 'utf8').slice(from).includes('received fast shutdown') || null,
  );
};

describe('refused, with everything at once', () => {
  const others: Background[] = [];

  const program = (node: string, ...argv: readonly string[]): void => {
    const { socket, port } = lab.node(node);
    const where = ['-h', socket, '-p', String(port), '-U', 'postgres'];
    const [name = '', ...rest] = argv;
    const options = { as: lab.programs.as, env: mark(lab.node(node)) };
    others.push(background([`${lab.programs.bin}/${name}`, ...where, ...rest], options));
  };

  it('a long transaction, a backup, a paused replay, no walsender left', async () => {
    const { backup } = lab.node('node1');
    program('node1', 'psql', '-XqAt', '-c', 'begin; select pg_sleep(100)');
    program('node1', 'pg_basebackup', '-D', `${backup}/slow`, '-X', 'none', '-r', '100k', '-c', 'fast');
    // Each a walsender, of which max_wal_senders allows ten.
    const sender = ['psql', '-XqAt', '-d', 'dbname=postgres replication=database', '-c', 'select pg_sleep(100)'];
    for (let n = 0; n < 10; n += 1) program('node2', ...sender);
    await lab.psql('node2', 'select pg_wal_replay_pause()');
    await until(async () => (await lab.psql('node1', 'select count(*) from pg_stat_progress_basebackup')) === '1');
    await until(async () => (await lab.psql('node2', 'select count(*) from pg_stat_replication')) === '10');

    const said = await machine.run('run', 'switchover', '--yes', '-p', 'long_transaction=100ms');
    expect(said.code).toBe(4);
    const refused = said.stderr.slice(said.stderr.indexOf('Refused: 4 rules do not hold')).replaceAll(/\s+/g, ' ');
    for (const words of [
      /✗ replay is not paused on node2 /,
      /✗ no transaction on node1 is older than 100 ms .* found pid \d+, user postgres \(psql\), active, open for /,
      /✗ no base backup of node1 is running .* found pid \d+, pg_basebackup, streaming database files/,
      /✗ node2 can feed 1 standby .* found max_wal_senders 10, 10 in use/,
      /Nothing was changed\.$/,
    ])
      expect(refused.trim()).toMatch(words);
    for (const line of said.stderr.split('\n')) expect(line.length).toBeLessThanOrEqual(80);

    const end =
      "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'postgres' and pid <> pg_backend_pid()";
    for (const node of ['node1', 'node2'])
      await lab.psql(node, `${end} and backend_type in ('walsender', 'client backend')`);
    await Promise.all(others.map(one => one.ended));
    await lab.psql('node2', 'select pg_wal_replay_resume()');
  });
});

describe('taken back', () => {
  it('a clean stop that does not end in time, for the archiver hangs', async () => {
    await archiverHangs();
    const { run, code } = await switchover(
      at('done', 'preflight'),
      () => writeFileSync(hold, ''),
      '-p',
      'stop_within=2s',
    );
    expect(code).toBe(10);
    await takenBack(run, /^step step-down: node1: .*server does not shut down.*still there: .*archiver archiving /);
    rmSync(hold);
  });

  it('kill -9 of the postmaster in mid-stop', async () => {
    writeFileSync(hold, '');
    const { run, code } = await switchover(
      at('began', 'step-down'),
      async () => {
        await stopping();
        signal(postmaster(lab.node('node1'))!.pid, 'SIGKILL');
      },
      '-p',
      'receive_within=1s',
    );
    rmSync(hold);
    expect(code).toBe(10);
    await takenBack(run, /^step step-down: /);
  });

  it('the standby never gets the last record', async () => {
    await lab.psql('node1', "alter system set wal_sender_timeout = '2s'");
    await lab.psql('node1', 'select pg_reload_conf()');
    const receiver = Number(await lab.psql('node2', 'select pid from pg_stat_wal_receiver'));
    const { run, code } = await switchover(
      at('done', 'preflight'),
      () => signal(receiver, 'SIGSTOP'),
      '-p',
      'receive_within=1s',
    );
    signal(receiver, 'SIGCONT');
    expect(code).toBe(10);
    await takenBack(run, /^step step-down: node2: after 1 s: node2 has replayed the shutdown checkpoint of node1: /);
    await lab.psql('node1', 'alter system reset wal_sender_timeout');
    await lab.psql('node1', 'select pg_reload_conf()');
  });

  it('cut off after the stop: nobody starts the old primary beside what is to come, and an undo makes it one again', async () => {
    let run = '';
    await nothingInTheWay();
    const { ended } = machine.start(['run', 'switchover', '--yes', '--json'], (event, child) => {
      if (event.e === 'run') run = String(event['run']);
      if (at('done', 'step-down')(event)) child.kill('SIGKILL');
    });
    expect((await ended).signal).toBe('SIGKILL');
    const node1 = lab.node('node1');
    const before = endOfLog(node1);
    expect((await startByHand(lab, node1)).code).toBe(1);
    expect(logFrom(node1, before)).toContain('unrecognized configuration parameter "lifeboat_fence"');
    expect((await machine.run('status')).stdout).toContain('node1: fenced: it stepped down for node2');

    const undone = await machine.run('undo', run, '--yes');
    expect(undone.code, undone.stderr).toBe(0);
    expect(undone.stderr).toContain('taken back; node1 takes writes');
    expect(readFileSync(`${node1.data}/postgresql.auto.conf`, 'utf8')).not.toMatch(/lifeboat_fence|put here by/);
    expect(await takesWrites('node1')).toBe(true);
    expect(await lab.psql('node2', 'show restore_command')).not.toBe('');
    await follows('node1');
  });

  it('cut off before the stop was asked for: the undo takes the fence away beneath a server that goes on', async () => {
    const node1 = lab.node('node1');
    const { pid } = postmaster(node1)!;
    const stop = `${lab.directory}/stop`;
    // A service command that is not permitted: the fence is there, and nothing stops.
    const written = readFileSync(lab.inventoryFile, 'utf8');
    const service = `service: { start: [${stop}], stop: [sh, -c, 'echo not permitted >&2; exit 1'] }`;
    writeFileSync(lab.inventoryFile, written.replace(/^( +)broken: .*node1.*$/m, `$&\n$1${service}`));
    const { code, run } = await switchover(
      () => false,
      () => undefined,
    );
    writeFileSync(lab.inventoryFile, written);
    expect(code).toBe(10);
    await takenBack(run, /^step step-down: node1: .*not permitted/);
    expect(postmaster(node1)!.pid).toBe(pid);
    expect(readFileSync(`${node1.data}/postgresql.auto.conf`, 'utf8')).not.toContain('lifeboat_fence');
  });
});

describe('beside a service manager that starts whatever is down', () => {
  it('a switchover ends as without: the old primary is never one again, whenever it is started', async () => {
    const node1 = lab.node('node1');
    const before = endOfLog(node1);
    let manager: Eager | undefined;
    const { code, stderr } = await switchover(at('began', 'step-down'), () => {
      manager = new Eager(lab, node1);
    });
    await manager!.stop();
    expect(code, stderr).toBe(0);
    const log = logFrom(node1, before);
    expect(log).toContain('unrecognized configuration parameter "lifeboat_fence"');
    expect(log).not.toContain('ready to accept connections');
    expect(await takesWrites('node2')).toBe(true);
    await follows('node2');
    expect(readFileSync(`${node1.data}/postgresql.auto.conf`, 'utf8')).not.toMatch(/lifeboat_fence|put here by/);
  });

  it('the same where it is started in the moment between the lifted fence and our own start', async () => {
    const node2 = lab.node('node2');
    let started: Promise<unknown> | undefined;
    const { ended } = machine.start(['run', 'switchover', '--yes', '--json'], (event, child) => {
      // Its ops: a slot, the settings of a standby, the start.
      if (started !== undefined || !at('ended', 'follow')(event) || event['n'] !== 1) return;
      child.kill('SIGSTOP');
      started = startByHand(lab, node2).finally(() => child.kill('SIGCONT'));
    });
    const { code, stdout, stderr } = await ended;
    await started;
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/somebody else started it|it holds already|it runs all the same/);
    expect(await takesWrites('node1')).toBe(true);
    await follows('node1');
  });
});

describe('with slots', () => {
  const slots = (node: string): Promise<string> =>
    lab.psql(node, "select string_agg(slot_name || ' ' || active, ', ') from pg_replication_slots");

  it('each standby has a slot in use, and no old one is left, there and back', async () => {
    const there = await machine.run('run', 'switchover', '--yes');
    expect(there.code, there.stderr).toBe(0);
    expect(await takesWrites('node2')).toBe(true);
    await until(async () => (await slots('node2')) === 'node1 true');
    const back = await machine.run('run', 'switchback', '--yes');
    expect(back.code, back.stderr).toBe(0);
    await until(async () => (await slots('node1')) === 'node2 true');
    expect(await slots('node2')).toBe('');
  });
});

describe('a third node that does not answer', () => {
  it('is refused as a rival nobody can rule out; with the operator’s word it goes on', async () => {
    const three = await createLab({ nodes: 3 });
    const operator = new Machine(three.inventoryFile);
    try {
      await faults.get('host-gone')?.break(three, three.node('node3'), {});
      const args = ['run', 'switchover', '--bind', 'standby=node2', '--yes'];
      const refused = await operator.run(...args);
      expect(refused.code).toBe(5);
      expect(refused.stderr).toContain('--accept-unfenced node3');
      const done = await operator.run(...args, '--accept-unfenced', 'node3');
      expect(done.code).toBe(0);
      expect(await three.psql('node2', 'select pg_is_in_recovery()')).toBe('f');
    } finally {
      operator.remove();
      await three.destroy();
    }
  });
});
