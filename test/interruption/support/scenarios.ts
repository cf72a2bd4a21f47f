// For each book that ships, the situations in which it is carried out, cut and resumed.

import { keepDump, memoryWorld, type MemoryFault, type World } from '../../../src/drivers/memory.ts';
import type { RunOptions } from '../../../src/engine/events.ts';
import { lsn } from '../../../src/postgres/lsn.ts';
import { readBook } from './books.ts';
import { Stage } from './stage.ts';

export interface Scenario {
  readonly name: string;
  /** The world just before somebody types `lifeboat run`. */
  readonly world: () => World;
  readonly params?: Readonly<Record<string, string>>;
  readonly bind?: Readonly<Record<string, string>>;
  readonly unfenced?: readonly string[];
  readonly options?: Partial<RunOptions>;
  /** The node that must be the one primary in the end. */
  readonly primary: string;
  /** Whether all WAL of the lost primary must have come over. */
  readonly lossless: boolean;
}

const MB = 1024 * 1024;

function lost(fault: MemoryFault, options: Partial<Parameters<typeof memoryWorld>[0]> = {}): () => World {
  return () => {
    const world = memoryWorld({ nodes: ['node1', 'node2'], unsent: 40 * MB, load: 20, ...options });
    world.lose('node1', fault);
    return world;
  };
}

const soon = { down_for: '1s' };
const hostGone = { unfenced: ['node1'], options: { acceptLoss: 'unknown' as const } };

const failover: readonly Scenario[] = [
  {
    name: 'killed: its backends go on committing',
    world: lost('killed'),
    params: soon,
    primary: 'node2',
    lossless: true,
  },
  {
    name: 'frozen: its sessions go on committing',
    world: lost('frozen'),
    params: soon,
    primary: 'node2',
    lossless: true,
  },
  { name: 'crashed: nothing of it runs', world: lost('crashed'), params: soon, primary: 'node2', lossless: true },
  {
    name: 'host gone, accepted in so many words',
    world: lost('host-gone'),
    params: soon,
    ...hostGone,
    primary: 'node2',
    lossless: false,
  },
  {
    name: 'with an archive that restore_command reads',
    world: lost('crashed', { settings: { restore_command: 'cp /disk3/archive/%f "%p"' } }),
    params: soon,
    primary: 'node2',
    lossless: true,
  },
  {
    name: 'PostgreSQL 13: restore_command needs a restart',
    world: lost('host-gone', { version: 130_023, settings: { restore_command: 'cp /disk3/archive/%f "%p"' } }),
    params: soon,
    ...hostGone,
    primary: 'node2',
    lossless: false,
  },
  {
    name: 'three nodes, synchronous: every commit would hang',
    world: lost('killed', {
      nodes: ['node1', 'node2', 'node3'],
      settings: { synchronous_standby_names: '*' },
    }),
    params: soon,
    primary: 'node2',
    lossless: true,
  },
];

/** node1 was lost, and node2 is the primary since: what of node1 is to come back. */
function afterFailover(
  fault: 'crashed' | 'stopped',
  options: Partial<Parameters<typeof memoryWorld>[0]> = {},
): () => World {
  return () => {
    const world = memoryWorld({ nodes: ['node1', 'node2'], ...options });
    world.lose('node1', 'crashed');
    if (fault === 'stopped') world.node('node1').clean = true;
    world.promote('node2');
    return world;
  };
}

const back: readonly Scenario[] = [
  {
    name: 'crashed with WAL that nobody else has: rewound',
    world: afterFailover('crashed', { unsent: 40 * MB }),
    primary: 'node2',
    lossless: false,
  },
  {
    name: 'stopped before the fork: it follows',
    world: afterFailover('stopped'),
    primary: 'node2',
    lossless: false,
  },
];

interface Healthy extends Partial<Parameters<typeof memoryWorld>[0]> {
  readonly name: string;
  readonly primary?: string;
  readonly bind?: Readonly<Record<string, string>>;
}

/** Nothing is broken; node2 is the primary in the end where nothing else is said. */
function healthy({ name, primary = 'node2', bind, ...options }: Healthy): Scenario {
  return {
    name,
    world: () => memoryWorld({ nodes: ['node1', 'node2'], ...options }),
    primary,
    lossless: primary === 'node2',
    ...(bind && { bind }),
  };
}

const dump = '/disk3/backup/20261120/logical';

/** The primary is stopped; what is left of its data, or nothing of it, and a backup on another disk. */
function lostButForADump(left: 'data' | 'nothing', options: Healthy): Scenario {
  return {
    ...healthy({ primary: 'node1', ...options }),
    world: () => {
      const world = memoryWorld({ nodes: ['node1', 'node2'], ...options });
      const node = world.node('node1');
      keepDump(node, dump);
      world.lose('node1', 'crashed');
      if (left === 'nothing')
        for (const path of node.files.keys()) if (/^\/disk[12]\//.test(path)) node.files.delete(path);
      return world;
    },
    params: { from: dump },
  };
}

/** Transaction 742 was the mistake: within what is kept, or in WAL that only the primary has. */
function mistaken(to: bigint, nodes = ['node1', 'node2']): () => World {
  return () =>
    memoryWorld({
      nodes,
      kept: {
        start: lsn(0x3000000n),
        stop: lsn(0x3400000n),
        ends: new Map([[1, lsn(to)]]),
        transactions: new Map([[742, lsn(0x5000100n)]]),
      },
    });
}

/** With a repository that keeps its WAL up to there. */
function ruined(fault: MemoryFault, to: bigint, nodes: readonly string[] = ['node1']): () => World {
  return () => {
    const world = mistaken(to, [...nodes])();
    for (const { name } of world.nodes) if (fault === 'disks-lost' || name === 'node1') world.lose(name, fault);
    return world;
  };
}

const lostForGood = { options: { acceptLoss: 'unknown' as const }, primary: 'node1', lossless: false };

const beforeTheMistake = {
  params: { to_xid: '742', exclusive: 'true' },
  options: { acceptLoss: 'unknown' as const },
  primary: 'node1',
  lossless: false,
};

const oneTable = {
  params: { to_xid: '742', exclusive: 'true', database: 'app', table: 'app.orders' },
  primary: 'node1',
  lossless: false,
};

/** A book without scenarios fails the sweep: it would ship without ever having been cut. */
export const scenarios: Readonly<Record<string, readonly Scenario[]>> = {
  failover,
  rejoin: back,
  'rebuild-standby': back.slice(0, 1),
  fence: [
    {
      name: 'a former primary that lies there stopped',
      world: afterFailover('stopped'),
      primary: 'node2',
      lossless: false,
    },
    healthy({ name: 'a server that runs is stopped first', primary: 'node1', bind: { node: 'node2' } }),
    {
      ...healthy({ name: 'a server that runs is left alone', primary: 'node1', bind: { node: 'node2' } }),
      params: { running: 'true' },
    },
  ],
  'backup-new-primary': [healthy({ name: 'alone after a failover', primary: 'node1' })],
  'backup-logical': [
    healthy({ name: 'of the primary', primary: 'node1', bind: { node: 'node1' } }),
    healthy({ name: 'of the standby', primary: 'node1', bind: { node: 'node2' } }),
  ],
  'restore-logical': [
    lostButForADump('data', {
      name: 'what is left of the data is moved aside; every commit would hang',
      settings: { synchronous_standby_names: '*' },
    }),
    lostButForADump('nothing', { name: 'nothing is left' }),
  ],
  switchover: [
    healthy({ name: 'two nodes under load', load: 20 }),
    healthy({ name: 'a third one is repointed', nodes: ['node1', 'node2', 'node3'] }),
  ],
  pitr: [
    { name: 'the mistake lies in WAL that only the primary has', world: mistaken(0x4000000n), ...beforeTheMistake },
    { name: 'all WAL up to it is kept', world: mistaken(0x5000148n), ...beforeTheMistake },
  ],
  'rebuild-replication': back.slice(0, 1),
  'rescue-table': [
    { name: 'by way of a standby', world: mistaken(0x5000148n), ...oneTable },
    { name: 'on the only node', world: mistaken(0x5000148n, ['node1']), ...oneTable },
  ],
  'restore-to-failure': [
    { name: 'alone', world: ruined('data-lost', 0x4000000n), primary: 'node1', lossless: true },
    {
      name: 'with a standby that streams',
      world: ruined('data-lost', 0x4000000n, ['node1', 'node2']),
      primary: 'node1',
      lossless: true,
    },
  ],
  'restore-stream': [
    { name: 'alone, and its disks with it', world: ruined('disks-lost', 0x5000148n), ...lostForGood },
    {
      name: 'commits waited for the receiver',
      world: ruined('disks-lost', 0x5000148n),
      params: { synchronous: 'true' },
      primary: 'node1',
      lossless: true,
    },
  ],
  'restore-physical': [
    {
      name: 'two nodes, all of both lost',
      world: ruined('disks-lost', 0x5000148n, ['node1', 'node2']),
      bind: { primary: 'node1' },
      ...lostForGood,
    },
  ],
  switchback: [healthy({ name: 'to its home', bind: { home: 'node2' } })],
  // A book of the tests' own.
  'fence-and-return': [
    {
      name: 'a healthy cluster',
      world: () => memoryWorld({ nodes: ['node1', 'node2'] }),
      primary: 'node1',
      lossless: false,
    },
  ],
};

export function stageOf(book: string, { world, params, bind, unfenced, options }: Scenario): Stage {
  return new Stage(world(), {
    book: readBook(book),
    ...(params && { params }),
    ...(bind && { bind }),
    ...(unfenced && { unfenced }),
    ...(options && { options }),
  });
}
