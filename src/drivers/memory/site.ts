// A process of Lifeboat in the simulated world, with its view of the nodes and of a journal.

import type { Ledger, Site } from '../../ports.ts';
import type { Keeping } from '../../repo/keeping.ts';
import { carryFiles } from './carry.ts';
import { fetchFiles } from './fetch.ts';
import { memoryHost } from './host.ts';
import { memoryKeeping } from './keeping.ts';
import { type LedgerCut, ledgerOf, MemoryLedger } from './ledger.ts';
import { type Interruption, MemoryProcess } from './process.ts';
import type { World } from './world.ts';

export interface ProcessOptions {
  readonly ledger?: MemoryLedger;
  readonly interruption?: Interruption | undefined;
  readonly cut?: LedgerCut | undefined;
  readonly owner?: string;
}

export interface InWorld {
  readonly site: Site;
  /** Where the world has a repository. */
  readonly keeping: Keeping | undefined;
  readonly ledger: Ledger;
  readonly process: MemoryProcess;
}

export function processIn(
  world: World,
  { ledger = new MemoryLedger(), interruption, cut, owner = 'alice@desk' }: ProcessOptions = {},
): InWorld {
  const process = new MemoryProcess(world.time, interruption);
  const site: Site = {
    host: on => memoryHost(world, process, on),
    ping: on => {
      process.check();
      const address = world.cluster.nodes.find(({ name }) => name === on)?.postgres.host ?? '';
      return Promise.resolve(world.readinessOf('here', address));
    },
    carry: (carry, _within, tell) => carryFiles(world, process, carry, tell),
    fetch: fetch => fetchFiles(world, process, fetch),
    run: () => {
      process.check();
      return Promise.resolve({ is: 'ended', code: 0, stdout: '', stderr: '', tried: 0 });
    },
    clock: world.time.clock(process),
    random: world.random,
    owner,
    pid: 4711,
    close: () => Promise.resolve(),
  };
  const keeping = world.kept && memoryKeeping(world, process, world.kept);
  return { site, keeping, ledger: ledgerOf(ledger, process, cut), process };
}
