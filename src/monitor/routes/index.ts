// Every way back to a point of the past, those that touch least first. Pure.

import { asItIs } from './as-it-is.ts';
import { delayedStandbys } from './delayed-standby.ts';
import { oneTable } from './one-table.ts';
import { beside, delta, movedAside } from './restored.ts';
import type { Route, RouteEvidence } from './route.ts';

export function routes(evidence: RouteEvidence): Route[] {
  return [
    asItIs(evidence),
    ...delayedStandbys(evidence),
    beside(evidence),
    ...oneTable(evidence),
    movedAside(evidence),
    delta(evidence),
  ];
}
