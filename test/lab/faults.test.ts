// Each fault does to a real server what it is said to do, and the lab can be cleared away in whatever state that leaves it.

import { existsSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { faults } from '../../src/lab/faults/index.ts';
import { createLab, type Lab, type LabNode, type LabOptions } from '../../src/lab/lab.ts';
import { Load } from '../../src/lab/load.ts';
import { endOfLog, logFrom } from '../../src/lab/log.ts';
import { connects, until } from '../../src/lab/probe.ts';
import { processesOf } from '../../src/lab/processes.ts';
import { Sampler } from '../../src/lab/sampler.ts';
import { postmaster } from '../../src/lab/server.ts';
import { useUpSegment } from '../../src/lab/wal.ts';
import { Writer } from '../../src/lab/writer.ts';
import { bytes, seconds } from '../../src/time.ts';

let lab: Lab;

async function labWith(options: LabOptions = {}): Promise<[LabNode, LabNode]> {
  lab = await createLab(options);
  return [lab.nodes[0]!, lab.nodes[1]!];
}

describe('each on a lab of its own', () => {
  afterEach(async () => {
    await lab.destroy();
    expect(processesOf(lab.directory)).toEqual([]);
    expect(existsSync(lab.directory)).toBe(false);
  });

  const breakNode = (name: string, node: LabNode, params: object = {}) => faults.get(name)!.break(lab, node, params);

  test('wal-unwritable: accepting, then rejecting for two seconds and more, then no response', async () => {
    const [primary] = await labWith({ settings: { max_wal_size: '16GB', checkpoint_timeout: '1h' } });
    const sampler = new Sampler(lab, primary);
    const load = await Load.start(lab, primary, { pgbench: 2 });
    await load.untilRedo(bytes(448 * 1024 ** 2));
    await breakNode('wal-unwritable', primary);
    // A busy machine can leave one question unanswered on the way, so the end of the server tells, not the first silence.
    expect(await until(60_000, () => postmaster(primary) === undefined)).toBe(true);
    expect(await until(60_000, () => sampler.last?.is === 'no-response')).toBe(true);
    await Promise.all([load.stop(), sampler.stop()]);

    expect(sampler.saw(['accepting', 'rejecting', 'no-response'])).toBe(true);
    const rejecting = sampler.runs.filter(({ is }) => is === 'rejecting');
    expect(rejecting.at(-1)!.toTicks - rejecting[0]!.fromTicks).toBeGreaterThan(2000);
    const log = readFileSync(primary.log, 'utf8');
    const story = [
      /PANIC: {2}could not create file "pg_wal\/xlogtemp/,
      /all server processes terminated; reinitializing/,
      /automatic recovery in progress/,
      /redo starts at/,
      /redo done at/,
      /could not create file "pg_wal\/xlogtemp/,
      /startup process failure/,
      /database system is shut down/,
    ];
    let at = 0;
    for (const line of story) {
      const found = log.slice(at).search(line);
      expect(found, String(line)).toBeGreaterThanOrEqual(0);
      at += found + 1;
    }
    expect(postmaster(primary)).toBeUndefined();

    await faults.get('wal-unwritable')!.heal(lab, primary);
    await lab.start();
    expect(await lab.psql('node1', 'select pg_is_in_recovery()')).toBe('f');
  });

  test('killed: nobody answers, and the session at work goes on committing', async () => {
    const [primary] = await labWith();
    await Load.start(lab, primary, { loop: true });
    expect(await until(60_000, async () => (await looped('node2')) > 0)).toBe(true);
    await breakNode('killed', primary);

    const sampler = new Sampler(lab, primary);
    expect(await until(60_000, () => sampler.last?.is === 'no-response')).toBe(true);
    await sampler.stop();
    expect(postmaster(primary)).toBeUndefined();
    const backends = processesOf(primary.directory).filter(({ command }) => command.startsWith('postgres:'));
    expect(backends.some(({ command }) => / DO$/.test(command))).toBe(true);
    // No new session can be had to count rows; that it works on shows in the processor time it takes.
    const worked = () => cpuTicks(backends.find(({ command }) => / DO$/.test(command))!.pid);
    const before = worked();
    expect(await until(60_000, () => worked() > before + 20)).toBe(true);
  });

  test('frozen: pg_isready times out, and open sessions go on committing and replicating', async () => {
    const [primary] = await labWith();
    const writer = new Writer(lab, { sessions: 2, rate: 200 });
    expect(await writer.reached(20, seconds(20))).toBe(true);
    await breakNode('frozen', primary);
    const sampler = new Sampler(lab, primary);
    expect(await writer.reached(writer.acknowledged + 50, seconds(20))).toBe(true);
    expect(await until(60_000, () => sampler.last?.is === 'no-response')).toBe(true);
    await sampler.stop();
    await writer.stop();
    expect(await until(60_000, async () => (await writer.compare(lab.nodes[1]!.name)).lost === 0)).toBe(true);

    await faults.get('frozen')!.heal(lab, primary);
    expect(await lab.psql('node1', 'select 1')).toBe('1');
  });

  test('archive-lost: the server runs on, and archives again once its disk is back', async () => {
    const [primary] = await labWith({ nodes: 1 });
    await breakNode('archive-lost', primary);
    await lab.psql('node1', useUpSegment);
    const failed = 'select failed_count > 0 from pg_stat_archiver';
    expect(await until(60_000, async () => (await lab.psql('node1', failed)) === 't')).toBe(true);
    expect(existsSync(primary.archive)).toBe(false);
    await faults.get('archive-lost')!.heal(lab, primary);
    const archived = 'select archived_count > 0 from pg_stat_archiver';
    expect(await until(120_000, async () => (await lab.psql('node1', archived)) === 't')).toBe(true);
  });

  test('site-lost: nothing of any server is left, and the hosts answer', async () => {
    const [primary, standby] = await labWith();
    await breakNode('site-lost', primary);
    for (const node of [primary, standby]) {
      expect([node.data, node.wal].filter(path => existsSync(path))).toEqual([]);
      expect(readdirSync(node.archive)).toEqual([]);
      expect(processesOf(node.data)).toEqual([]);
      expect(await connects(node.address, node.sshPort)).toBe(true);
    }
  });

  test('host-gone: PostgreSQL and sshd end at once, newcomers are refused, and the host comes back', async () => {
    const [primary, standby] = await labWith();
    await breakNode('host-gone', primary);
    expect(processesOf(primary.directory)).toEqual([]);
    expect(await refused(primary, primary.port)).toBe(true);
    expect(await refused(primary, primary.sshPort)).toBe(true);
    expect(await lab.psql('node2', 'select pg_is_in_recovery()')).toBe('t');
    expect(await connects(standby.address, standby.sshPort)).toBe(true);

    await lab.start();
    await lab.streaming(primary.name, 1);
  });

  test('host-gone, silent: newcomers get no answer until their own deadline', async () => {
    const [primary] = await labWith();
    await breakNode('host-gone', primary, { mode: 'silent' });
    expect(await refused(primary, primary.port)).toBe(false);
    expect(await refused(primary, primary.sshPort)).toBe(false);
    expect(await connects(primary.address, primary.sshPort)).toBe(false);

    await faults.get('host-gone')!.heal(lab, primary);
    await lab.start();
    await lab.streaming(primary.name, 1);
  });
});

interface Story {
  readonly fault: string;
  readonly with?: object;
  /** What is so after the fault and was not before; what the log said is read from the moment before it. */
  readonly seen: (node: LabNode, said: () => string) => Promise<void>;
}

const ask = (node: string, sql: string) => lab.psql(node, sql, seconds(10));
const down = async (node: LabNode) => expect(await until(60_000, () => postmaster(node) === undefined)).toBe(true);
const free = (path: string) => statfsSync(path).bavail;
const receivers = "select count(*) from pg_stat_wal_receiver where status = 'streaming'";
/** Of node2 against node1, in bytes. */
async function behind(what: 'receive' | 'replay'): Promise<number> {
  const end = await ask('node1', 'select pg_current_wal_flush_lsn()');
  return Number(await ask('node2', `select pg_wal_lsn_diff('${end}', pg_last_wal_${what}_lsn())`));
}
const cut = async () => expect(await ask('node2', receivers)).toBe('0');

const stories: readonly Story[] = [
  {
    fault: 'stopped',
    seen: async (node, said) => {
      await down(node);
      expect(said()).toMatch(/received fast shutdown request[^]*database system is shut down\n$/);
    },
  },
  {
    fault: 'wal-full',
    with: { how: 'device' },
    seen: async (node, said) => {
      const round =
        /PANIC: .*could not write to log file .*No space left on device[^]*reinitializing[^]*PANIC: .*No space left/;
      expect(await until(60_000, () => round.test(said()))).toBe(true);
      expect(postmaster(node)).toBeDefined();
      expect(free(node.wal)).toBeGreaterThan(0);
    },
  },
  {
    fault: 'wal-corrupt',
    seen: async () => {
      await expect(lab.start()).rejects.toThrow('PostgreSQL did not start');
    },
  },
  {
    fault: 'data-corrupt',
    seen: async node => {
      await expect(ask('node1', 'select 1')).rejects.toThrow('invalid page in block 0 of relation');
      expect(postmaster(node)).toBeDefined();
    },
  },
  {
    fault: 'data-corrupt',
    with: { file: 'control' },
    seen: async () => {
      await expect(lab.start()).rejects.toThrow('PostgreSQL did not start');
    },
  },
  {
    fault: 'data-lost',
    seen: async node => {
      await down(node);
      expect(existsSync(node.data)).toBe(false);
      expect(existsSync(node.wal)).toBe(true);
    },
  },
  {
    fault: 'crash-recovery',
    with: { redo: '96MB' },
    seen: async (_node, said) => {
      // That it turned people away was seen already, perhaps before it knew why; on a quick machine it can be over by now.
      expect(await until(60_000, () => /not properly shut down; automatic recovery in progress/.test(said()))).toBe(
        true,
      );
      expect(await until(60_000, () => /redo done at/.test(said()))).toBe(true);
    },
  },
  {
    fault: 'two-primaries',
    seen: async node => {
      expect(node.name).toBe('node2');
      expect(await Promise.all(['node1', 'node2'].map(one => ask(one, 'select pg_is_in_recovery()')))).toEqual([
        'f',
        'f',
      ]);
    },
  },
  {
    fault: 'not-a-child',
    seen: async (_node, said) => {
      await cut();
      expect(said()).toMatch(/highest timeline \d+ of the primary is behind recovery timeline \d+/);
    },
  },
  { fault: 'wal-removed', seen: cut },
  { fault: 'slot-lost', seen: cut },
  {
    fault: 'slot-lost',
    with: { how: 'invalidated' },
    seen: async () => {
      expect(await ask('node1', 'select wal_status from pg_replication_slots')).toBe('lost');
      await cut();
    },
  },
  { fault: 'password-wrong', seen: cut },
  { fault: 'link-cut', seen: cut },
  { fault: 'link-cut', with: { mode: 'silent' }, seen: cut },
  {
    fault: 'replay-paused',
    seen: async () => {
      await ask('node1', 'create table if not exists after_pause (n int)');
      expect(await until(60_000, async () => (await behind('receive')) <= 0)).toBe(true);
      expect(await behind('replay')).toBeGreaterThan(0);
    },
  },
  {
    fault: 'standby-behind',
    seen: async () => expect(await behind('replay')).toBeGreaterThan(16 * 1024 ** 2),
  },
  {
    fault: 'standby-behind',
    with: { how: 'receive' },
    seen: async () => expect(await behind('receive')).toBeGreaterThan(16 * 1024 ** 2),
  },
  {
    fault: 'standby-behind',
    with: { how: 'delay' },
    seen: async () => {
      expect(await behind('replay')).toBeGreaterThan(16 * 1024 ** 2);
      expect(await behind('receive')).toBe(0);
    },
  },
  {
    fault: 'wrong-timeline',
    seen: async (_node, said) => {
      expect(said()).toMatch(/recovery stopping at restore point "before the mistake"[^]*selected new timeline ID: 2/);
      expect(await ask('node2', 'select timeline_id from pg_control_checkpoint()')).toBe('1');
      await cut();
    },
  },
  {
    fault: 'wal-full',
    with: { how: 'disk' },
    seen: async (node, said) => {
      await down(node);
      expect(said()).toMatch(/PANIC: .*No space left on device[^]*startup process failure/);
      expect(free(node.wal)).toBe(0);
    },
  },
];

describe('one after the other on one lab, each healed', () => {
  beforeAll(async () => {
    lab = await createLab();
  });
  afterAll(async () => {
    await lab.destroy();
    expect(existsSync(lab.directory)).toBe(false);
  });

  test('what befalls a standby is refused on the primary', async () => {
    const [primary] = lab.nodes;
    await expect(faults.get('replay-paused')!.break(lab, primary!, {})).rejects.toThrow('node1: it is a primary');
  });

  const rights = (with_: object) => !('how' in with_) || with_.how !== 'disk' || process.getuid?.() === 0;
  test.each(stories)('$fault $with', async ({ fault: name, with: params = {}, seen }) => {
    const fault = faults.get(name)!;
    const node = lab.nodes[fault.befalls === 'standby' ? 1 : 0]!;
    const start = endOfLog(node);
    if (!rights(params)) {
      await expect(fault.break(lab, node, params)).rejects.toThrow('cannot be mounted: you are not root');
      return;
    }
    try {
      await fault.break(lab, node, params);
      await seen(node, () => logFrom(node, start));
    } finally {
      await fault.heal(lab, node);
      await lab.start();
    }
    await lab.streaming(lab.nodes[0]!.name, 1);
    expect(await until(60_000, async () => (await behind('replay')) <= 0)).toBe(true);
  });
});

const looped = async (node: string) => Number(await lab.psql(node, 'select count(*) from lifeboat_drill."loop"'));

/** Processor time of a process, in ticks of 10 ms (proc(5), fields 14 and 15). */
function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** Turned away at once, which silence would not do. */
async function refused(node: LabNode, port: number): Promise<boolean> {
  const start = performance.now();
  return !(await connects(node.address, port)) && performance.now() - start < 250;
}
