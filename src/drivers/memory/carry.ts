// WAL files brought from one simulated disk to another, through the process that asked for it.

import { type Carry, isSilent, type Ran } from '../../ports.ts';
import { walDirectory } from '../../look/installation.ts';
import { type Bytes, bytes } from '../../time.ts';
import { refusal } from './guard.ts';
import type { MemoryNode } from './node.ts';
import type { MemoryProcess } from './process.ts';
import { segmentOf, segmentSize } from './wal.ts';
import type { World } from './world.ts';

const cut: Ran = { is: 'cut', why: 'the connection broke' };

/** What is copied when the process dies stays, and nothing more is copied: the bytes flow through it. */
export async function carryFiles(
  world: World,
  process: MemoryProcess,
  { from, to, files }: Carry,
  tell: (progress: { readonly bytes: Bytes; readonly of: Bytes }) => void,
): Promise<Ran> {
  const [source, target] = [world.reached(from.on), world.reached(to.on)];
  if (isSilent(source)) return { is: 'silent', why: source.silent };
  if (isSilent(target)) return { is: 'silent', why: target.silent };
  const command = process.next();
  if (process.cut(command, 'before')) return cut;
  const refused = refusal(source, from.guard) ?? refusal(target, to.guard);
  if (refused) return refused;
  world.executed({ on: target.name, run: null, op: null, what: `carry from ${source.name}` });
  const half = Math.ceil(files.length / 2);
  copy(world, source, target, { from, to, files: files.slice(0, half) });
  await world.time.sleep(50, process);
  if (process.cut(command, 'started')) return cut;
  copy(world, source, target, { from, to, files: files.slice(half) });
  tell({ bytes: bytes(files.length * segmentSize), of: bytes(files.length * segmentSize) });
  if (process.cut(command, 'effect') || process.cut(command, 'end')) return cut;
  return { is: 'ended', code: 0, stdout: '', stderr: '', tried: 0 };
}

function copy(world: World, source: MemoryNode, target: MemoryNode, { from, to, files }: Carry): void {
  world.effect(() => {
    for (const name of files) {
      const inWal = from.directory === walDirectory(source.site) ? segmentOf(source, name) : undefined;
      const file = inWal ?? source.files.get(`${from.directory}/${name}`);
      target.files.set(`${to.directory}/${name}`, file ?? { text: name });
    }
  });
}
