// A process of Lifeboat in the simulated world, with its view of the nodes and of a journal.

import type { Ledger, Site } from '../../ports.ts';
import { carryFiles } from './carry.ts';
import { memoryHost } from './host.ts';
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
  return { site, ledger: ledgerOf(ledger, process, cut), process };
}
