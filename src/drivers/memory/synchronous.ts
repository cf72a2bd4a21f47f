// Whom a simulated primary's commits wait for, and whether they wait in vain.

import type { Sender } from '../../ports.ts';
import { parseSynchronous, type SynchronousStandbys } from '../../postgres/synchronous.ts';
import type { MemoryNode } from './node.ts';

function wanted(node: MemoryNode): SynchronousStandbys | undefined {
  const value = parseSynchronous(node.settings.get('synchronous_standby_names') ?? '');
  return value === 'none' ? undefined : value;
}

/** The senders with the `sync_state` that the server gives each (manual 28.2.2). */
export function withSyncState(node: MemoryNode, senders: readonly Sender[]): Sender[] {
  const value = wanted(node);
  if (value === undefined) return [...senders];
  const place = ({ application }: Sender): number =>
    value.names.findIndex(name => name === '*' || name.toLowerCase() === application.toLowerCase());
  const named = senders.filter(sender => place(sender) >= 0).sort((a, b) => place(a) - place(b));
  const first = new Set(named.slice(0, value.number));
  const stateOf = (sender: Sender): string => {
    if (place(sender) < 0) return 'async';
    if (value.method === 'any') return 'quorum';
    return first.has(sender) ? 'sync' : 'potential';
  };
  return senders.map(sender => ({ ...sender, sync: stateOf(sender) }));
}

/** A commit waits for a synchronous standby that is not there, and no timeout ends that (15, 18). */
export function waitsInVain(node: MemoryNode, senders: readonly Sender[]): boolean {
  const answering = senders.filter(({ sync }) => sync === 'sync' || sync === 'quorum');
  return answering.length < (wanted(node)?.number ?? 0);
}
