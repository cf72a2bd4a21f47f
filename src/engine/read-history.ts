// The history of a timeline, read on the node: from its pg_wal, or from its archive where the server has removed it there.

import type { Known } from '../look/facts.ts';
import { walDirectory } from '../look/installation.ts';
import type { Host } from '../ports.ts';
import { type History, historyFileName, parseHistory, type Timeline } from '../postgres/timeline.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';
import type { Duration, Instant } from '../time.ts';

export async function readHistory(
  host: Host,
  node: NodeSite,
  of: Timeline,
  { within, now }: { readonly within: Duration; readonly now: Instant },
): Promise<Known<History>> {
  if (of === 1) return { is: 'seen', value: { timeline: of, ancestors: [] }, at: now };
  const name = historyFileName(of);
  const { archive } = node.postgres;
  let why = `${name} is not there`;
  for (const directory of [walDirectory(node), ...(archive === undefined ? [] : [archive])]) {
    const read = await host.read(['cat', `${directory}/${name}`], within);
    if (read.is !== 'ended')
      return { is: 'silent', why: read.is === 'refused' ? read.found : read.why, unreachable: read.is === 'silent' };
    if (read.code !== 0) continue;
    const history = parseHistory(read.stdout, of);
    if (history) return { is: 'seen', value: history, at: now };
    why = `${directory}/${name} is damaged`;
  }
  return { is: 'silent', why, unreachable: false };
}
