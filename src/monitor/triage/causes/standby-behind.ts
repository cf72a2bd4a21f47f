// A standby that streams and is behind: what it lacks would be lost with the primary, or must be replayed before it serves.

import { lsnDiff, showLsn } from '../../../postgres/lsn.ts';
import { between, bytes, showBytes, showDuration } from '../../../time.ts';
import type { NodeEvidence } from '../evidence.ts';
import type { Cause } from '../finding.ts';
import { primaryOf, said, seen } from '../reading.ts';
import { shellOn, sqlOn } from '../remedy.ts';
import { broken } from '../replication.ts';

/** One segment: less is the way of a busy server. */
const much = 16 * 1024 * 1024;

export const standbyBehind: Cause = {
  name: 'standby-behind',
  summary: 'the standby is behind by more than a segment',
  judge(node, cluster) {
    const server = said(node);
    const primary = primaryOf(cluster);
    const written = primary === undefined ? null : (said(primary)?.written ?? null);
    if (server?.inRecovery !== true || server.replayPaused || written === null || server.replayed === null)
      return undefined;
    const behind = lsnDiff(written, server.replayed);
    // One that does not stream is behind for that reason.
    if (behind <= much || broken(node, cluster)) return undefined;
    const unsent = server.received === null ? behind : bytes(Math.max(0, lsnDiff(written, server.received)));
    const still = standing(node);
    const delay = node.server?.applyDelay ?? 0;
    const last = server.lastTransaction;
    return {
      node: node.node,
      cause: 'standby-behind',
      seriousness: still ? 'degraded' : 'wait',
      certainty: 'sure',
      words: `${node.node} is ${showBytes(behind)} behind ${primary?.node ?? ''}: ${
        unsent > much
          ? `${showBytes(unsent)} of it have not arrived, and would be lost with the primary`
          : 'it has received nearly all of it, and has yet to replay it'
      }. ${
        still
          ? `Its ${still.what} stands still.`
          : delay > 0
            ? `It replays ${showDuration(node.server?.applyDelay ?? (0 as never))} late on purpose.`
            : 'It catches up by itself, unless the primary writes faster than it replays.'
      }`,
      evidence: [
        { on: primary?.node ?? node.node, text: `written up to ${showLsn(written)}` },
        {
          on: node.node,
          text: `received up to ${server.received === null ? 'nothing' : showLsn(server.received)}, replayed up to ${showLsn(server.replayed)}`,
        },
        ...(last === null
          ? []
          : [
              {
                on: node.node,
                text: `last transaction replayed: ${last}, ${showDuration(between(last, seen(node)?.at ?? last))} ago`,
              },
            ]),
        ...(still
          ? [{ on: node.node, text: `process ${String(still.pid)} is in state ${still.state}: ${still.command}` }]
          : []),
        ...(delay > 0
          ? [
              {
                on: node.node,
                text: `recovery_min_apply_delay = ${showDuration(node.server?.applyDelay ?? (0 as never))}`,
              },
            ]
          : []),
      ],
      first: [],
      book: null,
      byHand: still
        ? [shellOn(node, ['kill', '-CONT', String(still.pid)])]
        : delay > 0
          ? [sqlOn(node, 'alter system reset recovery_min_apply_delay'), sqlOn(node, 'select pg_reload_conf()')]
          : [],
      loses: null,
      wait: still ? null : { until: `it has replayed ${showBytes(behind)}`, progress: null },
    };
  },
};

/** The process that replays or receives, where it was stopped by a signal. */
function standing(node: NodeEvidence) {
  const found = seen(node)?.processes.find(
    ({ state, command }) => (state === 'T' || state === 't') && /\b(startup|walreceiver)\b/.test(command),
  );
  return found && { ...found, what: /\bstartup\b/.test(found.command) ? 'replaying process' : 'WAL receiver' };
}
