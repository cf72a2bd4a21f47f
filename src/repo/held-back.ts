// What a guard on a host found: something is not as the plan showed it, and nothing was done.

import { Fault } from '../faults.ts';

export class HeldBack extends Fault {
  readonly what: string;
  readonly expected: string;
  readonly found: string;

  constructor(on: string, { what, expected, found }: Pick<HeldBack, 'what' | 'expected' | 'found'>) {
    super('refused', `held back on the host: ${what} is ${found}, expected ${expected}`, { on });
    this.what = what;
    this.expected = expected;
    this.found = found;
  }
}
