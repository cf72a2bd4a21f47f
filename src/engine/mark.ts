// The mark of a step: where every log ends and what was seen, when the step begins for the first time.

import { type Mark, type NodeMark, valueOf } from '../look/facts.ts';
import { isSilent, type NodeName, type Site } from '../ports.ts';
import { seconds } from '../time.ts';
import { surveyed } from './surveyed.ts';

export async function takeMark(site: Site, nodes: readonly NodeName[]): Promise<Mark> {
  const marks = await Promise.all(nodes.map(async on => [on, await markOf(site, on)] as const));
  return { at: site.clock.now(), nodes: Object.fromEntries(marks) };
}

async function markOf(site: Site, on: NodeName): Promise<NodeMark> {
  const survey = await site.host(on).survey(seconds(8));
  const now = site.clock.now();
  return {
    log: isSilent(survey) ? null : survey.log,
    timeline: valueOf(surveyed(survey, 'timeline', now)) ?? null,
    replayed: valueOf(surveyed(survey, 'replayed', now)) ?? null,
  };
}
