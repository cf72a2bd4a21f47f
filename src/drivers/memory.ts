// The simulated world, for tests: a cluster, its machines and processes, in memory and in its own time.

export { memoryCluster } from './memory/cluster.ts';
export { keepDump, memoryDump } from './memory/logical.ts';
export type { MemoryKept } from './memory/kept.ts';
export { type LedgerCut, MemoryLedger } from './memory/ledger.ts';
export { endOfWal, isDown, type MemoryNode, writes } from './memory/node.ts';
export { ScriptedPerson } from './memory/person.ts';
export { Cut, type Interruption, type MemoryProcess, type Point, points } from './memory/process.ts';
export { rows } from './memory/statements.ts';
export { type InWorld, processIn } from './memory/site.ts';
export { type Executed, type MemoryFault, memoryWorld, type World } from './memory/world.ts';
