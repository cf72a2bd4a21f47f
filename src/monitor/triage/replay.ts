// How far a replay is: from the startup process's title and the log, against the WAL segment that was written to last.

import { parseSegmentName } from '../../postgres/segment.ts';
import { type Lsn, lsnDiff, parseLsn } from '../../postgres/lsn.ts';
import { between, bytes, type Duration, ms, parseInstant } from '../../time.ts';
import type { Survey } from '../../ports.ts';
import type { NodeEvidence } from './evidence.ts';
import type { Progress } from './finding.ts';
import { lastOf } from './log-story.ts';
import { seen } from './reading.ts';
import { sinceServed } from './trouble.ts';

const title = /startup (?:process +)?(?:recovering|waiting for) ([0-9A-F]{24})/;

/** `postgres: startup recovering 000000010000000100000033`, as `ps` shows it. */
export const replaying = (survey: Survey): string | undefined =>
  survey.processes.find(({ command }) => title.test(command))?.command;

/** Undefined bytes are not guessed: null where begin, position or end is not known. */
export function replayProgress(node: NodeEvidence): Progress | null {
  const survey = seen(node);
  const size = survey?.control?.walSegmentSize;
  if (survey === undefined || size === undefined) return null;
  const start = lastOf(sinceServed(node), ['redo-starts']);
  const from = parseLsn(start?.message?.fields['lsn'] ?? '') ?? survey.control?.redo;
  const position = positionOf(node, survey, size);
  const last = parseSegmentName(node.disks?.newestSegment ?? '', size);
  if (from === undefined || position === undefined || last === undefined) return null;
  const of = lsnDiff((last.start + BigInt(size)) as Lsn, from);
  const done = Math.min(of, Math.max(0, lsnDiff(position, from)));
  if (of <= 0) return null;
  return { done: bytes(done), of, left: timeLeft(done, of, start?.time, survey) };
}

/** The later of what the process shows and what the log said last (15 and later tell every 10 s). */
function positionOf(node: NodeEvidence, survey: Survey, size: number): Lsn | undefined {
  const segment = parseSegmentName(title.exec(replaying(survey) ?? '')?.[1] ?? '', size)?.start;
  const told = parseLsn(lastOf(sinceServed(node), ['redo-progress'])?.message?.fields['lsn'] ?? '');
  if (segment === undefined || told === undefined) return segment ?? told;
  return told > segment ? told : segment;
}

/** At the rate so far; the log's clock is the node's own, as is the survey's. */
function timeLeft(done: number, of: number, began: string | undefined, survey: Survey): Duration | null {
  const start = parseInstant(began ?? '');
  const spent = start === undefined ? 0 : between(start, survey.at);
  return done > 0 && spent > 0 ? ms(Math.round(((of - done) * spent) / done)) : null;
}
