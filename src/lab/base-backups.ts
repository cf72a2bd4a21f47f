// How many base backups are taken of a lab's servers, by their own logs: what nobody has to be believed for.

import type { Lab } from './lab.ts';
import { endOfLog, logFrom } from './log.ts';

/** Makes a server log each of them; nothing is counted without it. */
export const loggingBackups = { log_replication_commands: 'on' } as const;

/** Returns a function that tells how many were begun since now. */
export function countBaseBackups(lab: Lab): () => number {
  const begins = lab.nodes.map(node => ({ node, end: endOfLog(node) }));
  return () =>
    begins.reduce((sum, { node, end }) => sum + (logFrom(node, end).match(/: BASE_BACKUP\b/g)?.length ?? 0), 0);
}
