// WAL files of a simulated disk brought to the process that asked for them.

import { type Fetch, isSilent, type Ran } from '../../ports.ts';
import { bytes } from '../../time.ts';
import { refusal } from './guard.ts';
import type { MemoryProcess } from './process.ts';
import { segmentOf, segmentSize } from './wal.ts';
import type { World } from './world.ts';

const cut: Ran = { is: 'cut', why: 'the connection broke' };

/** What was handed over when the process dies is kept. */
export async function fetchFiles(world: World, process: MemoryProcess, fetch: Fetch): Promise<Ran> {
  const { from, files, take, tell } = fetch;
  const node = world.reached(from.on);
  if (isSilent(node)) return { is: 'silent', why: node.silent };
  const command = process.next();
  if (process.cut(command, 'before')) return cut;
  const refused = refusal(node, from.guard);
  if (refused) return refused;
  const half = Math.ceil(files.length / 2);
  for (const [at, name] of files.entries()) {
    if (at === half && process.cut(command, 'started')) return cut;
    await world.time.sleep(5, process);
    const segment = segmentOf(node, name);
    const text = segment ? JSON.stringify({ timeline: segment.timeline, upTo: String(segment.upTo) }) : '';
    if (await take(name, Buffer.from(text))) break;
    tell({ bytes: bytes((at + 1) * segmentSize), of: bytes(files.length * segmentSize) });
  }
  if (process.cut(command, 'effect') || process.cut(command, 'end')) return cut;
  return { is: 'ended', code: 0, stdout: '', stderr: '', tried: 0 };
}
