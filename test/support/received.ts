// A lab whose WAL is received all the time, for one test: what it is given, and what is made of it, is gone when it ends.

import { onTestFinished } from 'vitest';
import type { Lab, LabOptions } from '../../src/lab/lab.ts';
import { Load, type LoadOptions } from '../../src/lab/load.ts';
import { Machine } from './lifeboat.ts';
import { labOf } from './majors.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { Restored } from './restored.ts';

export interface Received {
  readonly lab: Lab;
  readonly machine: Machine;
  readonly receiver: Receiver;
}

/** Of the programs in `bin`; returns once the receiver streams. */
export async function receivedLab(bin: string | undefined, options: LabOptions): Promise<Received> {
  const lab = await labOf(bin, options);
  onTestFinished(() => lab.destroy());
  const machine = new Machine(lab.inventoryFile);
  onTestFinished(() => machine.remove());
  const receiver = await startReceiver(machine);
  onTestFinished(() => void receiver.child.kill('SIGKILL'));
  return { lab, machine, receiver };
}

export async function loaded(lab: Lab, options: LoadOptions): Promise<Load> {
  const load = await Load.start(lab, lab.node('node1'), options);
  onTestFinished(() => load.stop().catch(() => undefined));
  return load;
}

export function placeToRestore(lab: Lab): Restored {
  const place = new Restored(lab);
  onTestFinished(() => place.remove());
  return place;
}
