// The list of faults: adding one is one file and one line here.

import type { AnyLabFault } from './fault.ts';
import { frozen } from './frozen.ts';
import { hostGone } from './host-gone.ts';
import { killed } from './killed.ts';
import { walUnwritable } from './wal-unwritable.ts';

const list: readonly AnyLabFault[] = [walUnwritable, killed, hostGone, frozen];

export const faults: ReadonlyMap<string, AnyLabFault> = new Map(list.map(fault => [fault.name, fault]));
