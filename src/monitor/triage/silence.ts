// A node that cannot be looked at, as evidence: what the connection said, and what each witness heard.

import { isSilent } from '../../ports.ts';
import type { NodeEvidence } from './evidence.ts';
import type { Seen } from './finding.ts';

export function silence({ node, survey, witnesses }: NodeEvidence): Seen[] {
  const heard = witnesses.map(({ from, answer }) => `${answer} (asked from ${from})`).join(', ');
  return [
    ...(isSilent(survey) ? [{ on: node, text: survey.silent }] : []),
    ...(heard === '' ? [] : [{ on: node, text: `pg_isready: ${heard}` }]),
  ];
}
