// Which way each server has come, by the history files that lie on any node, and where two ways part.

import { showLsn, type Lsn, lsnDiff } from '../../postgres/lsn.ts';
import { canFollow, type History, type Parting, partingOf, timeline } from '../../postgres/timeline.ts';
import type { Bytes } from '../../time.ts';
import type { ClusterEvidence, NodeEvidence } from './evidence.ts';
import type { Seen } from './finding.ts';
import { reached, said } from './reading.ts';

/** The way to the timeline that a running server is on; undefined where its history file lies nowhere, or is cut short. */
export function wayOf(node: NodeEvidence, cluster: ClusterEvidence): History | undefined {
  const line = said(node)?.timeline ?? 0;
  if (line < 1) return undefined;
  if (line === 1) return { timeline: timeline(1), ancestors: [] };
  // Its own files first: two nodes that were promoted apart both have a 00000002.history, and not the same.
  const others = cluster.nodes.filter(other => other !== node);
  return [node, ...others].map(({ disks }) => historyIn(disks, line)).find(history => history !== undefined);
}

const historyIn = (disks: NodeEvidence['disks'], line: number): History | undefined =>
  disks?.histories.find(({ timeline: number, history }) => number === line && history !== undefined)?.history;

/** Two servers whose ways part, seen from the first: where, how much it has written since, and why the other one left. */
export interface Branch {
  readonly parting: Parting & { readonly at: Lsn };
  readonly beyond: Bytes;
  /** What PostgreSQL noted where the other one left: `before 2026-11-21 11:20:09+00` of a point-in-time recovery. */
  readonly reason: string | undefined;
  /** The first could simply go over to the other one's timeline. */
  readonly follows: boolean;
}

/** Undefined where both go the same way, or it cannot be told. */
export function branchOf(node: NodeEvidence, other: NodeEvidence, cluster: ClusterEvidence): Branch | undefined {
  const [way, way2] = [wayOf(node, cluster), wayOf(other, cluster)];
  const parting = way && way2 && partingOf(way, way2);
  if (!way || !way2 || !parting || parting.at === null) return undefined;
  const position = reached(node);
  return {
    parting: { ...parting, at: parting.at },
    beyond: lsnDiff(position > parting.at ? position : parting.at, parting.at),
    reason: [...way2.ancestors, ...way.ancestors].find(
      one => one.timeline === parting.timeline && one.end === parting.at,
    )?.reason,
    follows: canFollow(way2, way.timeline, position),
  };
}

/** Both ends of a parting, and the history files that tell of it. */
export function branchEvidence(nodes: readonly NodeEvidence[], { parting }: Branch): Seen[] {
  return nodes.flatMap(node => {
    const line = said(node)?.timeline ?? 0;
    const file = node.disks?.histories.find(({ timeline: number }) => number === line);
    return [
      { on: node.node, text: `timeline ${String(line)}, up to ${showLsn(reached(node))}` },
      ...(file
        ? [
            {
              on: node.node,
              file: file.file,
              text: `leaves timeline ${String(parting.timeline)} at ${showLsn(parting.at)}`,
            },
          ]
        : []),
    ];
  });
}
