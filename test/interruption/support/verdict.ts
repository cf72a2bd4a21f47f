// What must be true at the end of a run, however often it was cut on its way.

import { isDown, writes, type World } from '../../../src/drivers/memory.ts';
import { recognise } from '../../../src/postgres/messages.ts';
import type { Scenario } from './scenarios.ts';
import type { Outcome, Stage } from './stage.ts';

/** The world without what time alone makes of it: WAL positions, pids. */
export function endState(world: World): unknown {
  return world.nodes.map(node => ({
    name: node.name,
    is: isDown(node) ? 'down' : node.role,
    timeline: node.timeline,
    settings: Object.fromEntries([...node.settings].filter(([, value]) => value !== '')),
    afterReload: Object.fromEntries([...node.written].filter(([, value]) => value !== '')),
    files: [...node.files.keys()].filter(path => !path.startsWith('/disk4/')).sort(),
    said: saidBy(node.log),
    locked: node.lock !== null,
  }));
}

/** A setting may be made twice, and so its reload be logged twice: that is safe to repeat. */
function saidBy(log: World['nodes'][number]['log']): string[] {
  const names = log.messages.flatMap(message => recognise({ message, offset: 0 })?.name ?? []);
  return names.filter(name => name !== 'reloaded' && name !== 'setting-needs-restart');
}

/** What is wrong; empty where nothing is. */
export function complaints(stage: Stage, last: Outcome, scenario: Scenario, expected: unknown): string[] {
  const { world } = stage;
  const found: string[] = [];
  const claim = (holds: boolean, words: string): void => {
    if (!holds) found.push(words);
  };
  claim(last.end === undefined || last.end.exit === 0, `exit ${String(last.end?.exit)}: ${String(last.end?.why)}`);
  const primaries = world.nodes.filter(writes).map(({ name }) => name);
  claim(primaries.join() === scenario.primary, `primaries: ${primaries.join(', ') || 'none'}`);
  claim(!world.split, 'two servers took writes at once');
  claim(world.promotions.length <= 1, `promoted: ${world.promotions.join(', ')}`);
  for (const words of repeated(world)) found.push(`done twice: ${words}`);
  if (scenario.lossless)
    claim(missing(world, scenario.primary) <= 0n, `lost ${String(missing(world, scenario.primary))} bytes`);
  const state = JSON.stringify(endState(world));
  claim(state === JSON.stringify(expected), `end state ${state}`);
  return found;
}

/** Commands with a receipt, and transactions: done once, whoever died. Settings and copied files may be made again. */
function repeated(world: World): string[] {
  const once = world.history.filter(({ op, what }) => op !== null || /^SELECT pg_logical/.test(what));
  const keys = once.map(({ on, op, what }) => `${on} ${op ?? what}`);
  return keys.filter((key, at) => keys.indexOf(key) !== at);
}

/** WAL of the lost primary beyond the point where the new one began its timeline. */
function missing(world: World, primary: string): bigint {
  const lost = world.nodes[0]!.wal.get(1)!.end;
  const node = world.node(primary);
  return lost - (node.wal.get(node.timeline)?.from ?? 0n);
}
