// `lifeboat wal receive` beside a lab: a process of its own, which belongs to the lab and ends with it.

import { readFileSync } from 'node:fs';
import { type Background, leave, type RunAs } from '../drivers/process.ts';
import { Fault } from '../faults.ts';
import { seconds, showDuration } from '../time.ts';
import type { Lab } from './lab.ts';
import { until } from './probe.ts';
import { markOfLab } from './processes.ts';

const patience = seconds(60);

/** Returns once it streams. `program`: the argv of lifeboat itself; `as`: another user, where we are root. A lab that is kept keeps it. */
export async function startReceiver(lab: Lab, program: readonly string[], as?: RunAs): Promise<Background> {
  const argv = [...program, 'wal', 'receive', '--create-slot', '--json', '--inventory', lab.inventoryFile];
  const log = `${lab.directory}/receiver.log`;
  const child = leave(argv, {
    as,
    env: { [markOfLab]: lab.directory, XDG_STATE_HOME: `${lab.directory}/state` },
    log,
  });
  const seen = { end: false };
  void child.ended.then(() => (seen.end = true));
  const said = (): string => readFileSync(log, 'utf8');
  const streams = (): boolean => said().includes('"e":"streaming"');
  await until(patience, () => streams() || seen.end);
  if (!seen.end && streams()) return child;
  const why = seen.end ? said().trim() : `does not stream after ${showDuration(patience)}`;
  child.kill();
  await child.ended;
  throw new Fault('failed', `lifeboat wal receive: ${why}`);
}
