// What a node's archive holds that is not of the primary's way: put aside, or recovery would take it before it asks the primary.

import { valueOf } from '../../look/facts.ts';
import type { Look } from '../../look/look.ts';
import type { Op, Text } from '../../ops.ts';
import type { NodeName } from '../../ports.ts';
import { showLsn } from '../../postgres/lsn.ts';
import { segmentName } from '../../postgres/segment.ts';
import { type History, timelineFileName } from '../../postgres/timeline.ts';
import type { Hole } from '../../runbook/book-types.ts';
import { seconds } from '../../time.ts';
import { archiveScript, script } from './scripts.ts';
import type { Pair } from './standby.ts';

/**
 * A standby looks for the newest timeline, and for each segment, in its archive first. The history of a stray promotion that
 * lies there makes it refuse to start ("requested timeline 2 is not a child of this server's history"), and a segment that the
 * node went on to fill by itself would be replayed beyond the fork.
 */
export async function archiveOps({ look, on, primary, system }: Pair, aside: string): Promise<Op[]> {
  const { archive } = look.node(on).postgres;
  if (archive === undefined) return [];
  const ways = await waysOf(look, primary);
  if (ways === undefined) return [];
  return [
    {
      do: {
        op: 'exec',
        as: `move what is not of the way of ${primary} from ${archive} to ${aside}/diverged-archive`,
        tries: [
          {
            argv: script<Hole>(archiveScript, 'archive-aside', archive, `${aside}/diverged-archive`, ways),
            within: seconds(600),
          },
        ],
      },
      on,
      within: seconds(605),
      guard: ['postmaster'],
      system,
      done: [],
      alters: [],
      undo: 'free',
      why: 'history files and WAL of a branch that recovery would take for the way to go',
    },
  ];
}

/** `TIMELINE:END:HISTORY` with commas; undefined where the primary's history cannot be read. */
async function waysOf(look: Look, primary: NodeName): Promise<Text<Hole> | undefined> {
  const [timeline, control] = [await look.fact(primary, 'timeline'), await look.control(primary)];
  const history = await look.history(primary, valueOf(timeline) ?? 1);
  for (const one of [timeline, control, history])
    if (one.is === 'later') return { hole: `history of ${primary}`, after: one.after };
  const [known, size] = [valueOf(history), valueOf(control)?.walSegmentSize];
  return known === undefined || size === undefined ? undefined : written(known, size);
}

function written({ timeline, ancestors }: History, size: number): string {
  const legs = [...ancestors, { timeline, end: undefined }];
  return legs
    .map((leg, at) => {
      const end = leg.end === undefined ? '-' : segmentName(leg.timeline, leg.end, size).slice(8);
      const before = ancestors.slice(0, at).map(one => `${String(one.timeline)} ${showLsn(one.end)};`);
      return `${timelineFileName(leg.timeline)}:${end}:${before.join('')}`;
    })
    .join(',');
}
