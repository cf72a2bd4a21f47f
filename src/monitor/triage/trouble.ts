// A server that does not serve: what its log says since it last did, and whether it was stopped on purpose.

import type { MessageName } from '../../postgres/messages.ts';
import { firstOf, lastOf, since, thisBoot } from './log-story.ts';
import type { LogLine, NodeEvidence } from './evidence.ts';
import { isDown, said, seen } from './reading.ts';

const serving = ['accepting-connections', 'read-only-connections'] as const;
const asked = ['received-fast-shutdown', 'received-smart-shutdown', 'received-immediate-shutdown'] as const;
/** What a server says that ends, or fails to come up, against its will. */
const failing: readonly MessageName[] = [
  'server-process-killed',
  'reinitializing',
  'startup-exited',
  'startup-killed',
  'startup-failed',
  'abnormal-shutdown',
  'shared-memory-in-use',
  'lock-file-exists',
  'bad-setting',
];

/** All that it said since it last served anybody: the reason of a crash and of every start that failed after it. */
export const sinceServed = (node: NodeEvidence): readonly LogLine[] => since(node, serving);

/** Who asked it to stop, where that was how it ended and no start has failed since. */
export function askedToStop(node: NodeEvidence): LogLine | undefined {
  if (!isDown(node)) return undefined;
  const boot = thisBoot(node);
  const request = lastOf(boot, asked);
  if (!request || failed(boot.slice(boot.indexOf(request)))) return undefined;
  // A start that fails before the server says that it starts: pg_control cannot be read, a setting is wrong.
  const after = boot.slice(boot.findLastIndex(({ message }) => message?.name === 'shut-down') + 1);
  const refused = after.some(({ severity }) => severity === 'FATAL' || severity === 'PANIC');
  return refused && after.length < boot.length ? undefined : request;
}

/** pg_control says that it was stopped in good order. */
export function endedCleanly(node: NodeEvidence): boolean {
  const state = seen(node)?.control?.state;
  return state === 'shut down' || state === 'shut down in recovery';
}

export const failed = (lines: readonly LogLine[]): boolean =>
  firstOf(lines, failing) !== undefined || lines.some(({ severity }) => severity === 'PANIC');

/** The lines to look for the reason in: those of a server that is seen not to serve, and was not told to stop. */
export function troubles(node: NodeEvidence): readonly LogLine[] {
  const survey = seen(node);
  if (!survey || said(node) || survey.ready === 'accepting' || askedToStop(node)) return [];
  return sinceServed(node);
}
