// The guard as a host checks it, at the very moment of an op.

import type { HostGuard, Ran } from '../../ports.ts';
import { isDown, type MemoryNode } from './node.ts';
import { answers, postmasterOf } from './survey.ts';

type Refused = Extract<Ran, { is: 'refused' }>;

/** The first thing that is not as it must be, in the order of the host's own script; undefined where all is. */
export function refusal(node: MemoryNode, guard: HostGuard): Refused | undefined {
  const compared: [what: string, expected: string | number | null | undefined, found: string | number | null][] = [
    ['host key', guard.hostKey, node.hostKey],
    ['lock', guard.lock ?? undefined, node.lock?.token ?? 'none'],
    ['postmaster', guard.postmaster, postmasterOf(node)],
    ['system identifier', guard.systemId, systemId(node)],
    ['role', guard.role, role(node)],
    ['timeline', guard.timeline, answers(node) ? node.timeline : node.controlTimeline],
  ];
  for (const [what, expected, found] of compared) {
    if (expected === undefined || expected === found) continue;
    return { is: 'refused', what, expected: String(expected ?? 'none'), found: String(found ?? 'none') };
  }
  return undefined;
}

const systemId = (node: MemoryNode): string | null =>
  node.files.has(`${node.site.postgres.data}/PG_VERSION`) ? node.systemId : null;

/** What runs and cannot be asked counts as a primary. */
function role(node: MemoryNode): 'primary' | 'standby' | 'down' {
  if (isDown(node)) return 'down';
  return answers(node) ? node.role : 'primary';
}
