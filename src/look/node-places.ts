// Where a restore puts things on a node of the inventory, and where what lies there goes.

import { posix } from 'node:path';
import type { NodePlaces } from '../repo/keeping.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';

export const nodePlaces = ({ postgres }: NodeSite): NodePlaces => ({
  data: postgres.data,
  wal: postgres.wal ?? null,
  tablespaces: postgres.tablespaces,
  spaces: null,
  bin: postgres.bin,
  broken: brokenOf(postgres),
});

/** Where a node's broken data go today: `/disk4/broken/20261121`. */
export const brokenDirectory = ({ postgres }: NodeSite, started: string): string =>
  `${brokenOf(postgres)}/${started.slice(0, 10).replaceAll('-', '')}`;

const brokenOf = ({ broken, data }: NodeSite['postgres']): string => broken ?? `${posix.dirname(data)}/broken`;
