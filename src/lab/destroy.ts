// The end of a lab: every process, every file, every segment of shared memory, whatever state a fault has left it in.

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { run } from '../drivers/process.ts';
import { Fault } from '../faults.ts';
import { seconds } from '../time.ts';
import { unmountBelow } from './mounts.ts';
import { killAll } from './processes.ts';
import { forgetLab } from './registry.ts';
import { removeSegments, segmentsOf } from './shared-memory.ts';

/** May be called again, and for a lab that came into being only half. Throws where something is left. */
export async function destroyLab(directory: string, sockets: string | undefined): Promise<void> {
  await endProcesses(directory);
  await unmountBelow(directory);
  for (const path of [directory, ...(sockets === undefined ? [] : [sockets])]) await remove(path);
  const left = [directory, sockets].filter(path => path !== undefined && existsSync(path));
  if (left.length > 0) throw new Fault('failed', `could not remove ${left.join(' and ')}`);
  forgetLab(directory);
}

/** Ends everything that runs in a lab and leaves its files, for whoever wants to know why a drill failed. */
export async function endProcesses(directory: string): Promise<void> {
  // Before the end: a server that is killed leaves the file that names its segment, one that stops takes it away.
  const segments = segmentsOf(directory);
  const left = await killAll(directory);
  if (left.length > 0) {
    throw new Fault(
      'failed',
      `processes of the lab in "${directory}" do not end: ${left.map(it => `${String(it.pid)} ${it.command}`).join(', ')}`,
    );
  }
  await removeSegments(segments);
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // A fault may have taken the right to write from a directory, which stops everyone but root.
    await run(['chmod', '-R', 'u+rwX', path], { within: seconds(60) });
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}
