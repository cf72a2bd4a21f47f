// Which standby of a lab or a drill streams from which: all from node1, but for those that are said to stream from another standby.

import { meant } from './nearest.ts';
import { describe } from './schema-words.ts';

export interface CascadeMistake {
  /** The node whose upstream is wrong. */
  readonly node: string;
  readonly message: string;
  readonly hint: string;
}

/**
 * What is wrong with `{ node3: node2 }` in a cluster of so many nodes. A standby streams from a node with a lower number, so
 * that nobody streams from himself over three corners.
 */
export function cascadeMistakes(upstream: Readonly<Record<string, unknown>>, nodes: number): CascadeMistake[] {
  const names = Array.from({ length: nodes }, (_, at) => `node${String(at + 1)}`);
  return Object.entries(upstream).flatMap(([node, from]) => {
    const number = names.indexOf(node);
    const hint = `with ${String(nodes)} nodes: ${names.join(', ')}`;
    if (number < 0)
      return [
        {
          node,
          message: `there is no node ${describe(node)} to stream`,
          hint: meant(node, names, 'the nodes') ?? hint,
        },
      ];
    if (number === 0)
      return [{ node, message: 'node1 is the primary, and streams from nobody', hint: 'name a standby' }];
    const lower = names.slice(0, number);
    if (typeof from === 'string' && lower.includes(from)) return [];
    return [
      {
        node,
        message: `${node} cannot stream from ${describe(from)}`,
        hint: `it streams from one of ${lower.join(', ')}`,
      },
    ];
  });
}
