// What cannot be missing where the code gets to; where it is, that is a bug of ours.

import type { HostGuard } from '../../ports.ts';

export function never(what: string): never {
  throw new Error(what);
}

/** An op that changes a server without a guard could act on a wrong host. */
export const mustGuard = (guard: HostGuard | null): HostGuard =>
  guard ?? never('an op that changes a server has no guard');
