// `lifeboat wal receive` beside a lab: a process of its own, which belongs to the lab and ends with it.

import { background } from '../drivers/process.ts';
import { Fault } from '../faults.ts';
import { seconds, showDuration } from '../time.ts';
import type { Lab } from './lab.ts';
import { until } from './probe.ts';
import { markOfLab } from './processes.ts';

const patience = seconds(60);

/** Returns once it streams. `program`: the argv of lifeboat itself. */
export async function startReceiver(lab: Lab, program: readonly string[]): Promise<void> {
  const seen = { streaming: false, end: false };
  const argv = [...program, 'wal', 'receive', '--create-slot', '--json', '--inventory', lab.inventoryFile];
  const child = background(argv, {
    env: { [markOfLab]: lab.directory, XDG_STATE_HOME: `${lab.directory}/state` },
    onLine: line => {
      if (line.includes('"e":"streaming"')) seen.streaming = true;
    },
  });
  void child.ended.then(() => (seen.end = true));
  await until(patience, () => seen.streaming || seen.end);
  if (seen.streaming) return;
  const late = !seen.end;
  child.kill();
  const { stderr, how } = await child.ended;
  const why = late ? `does not stream after ${showDuration(patience)}` : stderr.trim() || how;
  throw new Fault('failed', `lifeboat wal receive: ${why}`);
}
