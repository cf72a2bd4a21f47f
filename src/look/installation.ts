// A node of the inventory as PostgreSQL's programs want to be told of it.

import type { Installation } from '../postgres/commands.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';

export function installation({ postgres }: NodeSite): Installation {
  return {
    bin: postgres.bin,
    data: postgres.data,
    port: postgres.port,
    socketDir: postgres.socket,
    ...(postgres.log !== undefined && { log: postgres.log }),
  };
}

/** Where the WAL of a node lies. */
export const walDirectory = ({ postgres }: NodeSite): string => postgres.wal ?? `${postgres.data}/pg_wal`;
