// Where a restore puts things on a node of the inventory, and where what lies there goes.

import { posix } from 'node:path';
import type { NodePlaces } from '../repo/keeping.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';

export const nodePlaces = ({ postgres }: NodeSite): NodePlaces => ({
  data: postgres.data,
  wal: postgres.wal ?? null,
  tablespaces: postgres.tablespaces,
  bin: postgres.bin,
  broken: postgres.broken ?? `${posix.dirname(postgres.data)}/broken`,
});
