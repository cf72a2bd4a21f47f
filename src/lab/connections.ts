// Who came to a lab's servers, by their own logs: what nobody has to be believed for.

import type { Lab } from './lab.ts';
import { endOfLog, logFrom } from './log.ts';

/** Makes a server log each of them; nothing is counted without it. */
export const loggingConnections = { log_connections: 'on' } as const;

/** Returns a function that lists those since now: `node1: connection received: host=127.0.0.1 port=40722`. */
export function connectionsSince(lab: Lab): () => string[] {
  const begins = lab.nodes.map(node => ({ node, end: endOfLog(node) }));
  return () =>
    begins.flatMap(({ node, end }) =>
      (logFrom(node, end).match(/connection received: .*/g) ?? []).map(line => `${node.name}: ${line}`),
    );
}
