// PostgreSQL may be well there, but Lifeboat cannot look: SSH fails, or its shell does.

import { isSilent } from '../../../ports.ts';
import type { Cause } from '../finding.ts';
import { silence } from '../silence.ts';

export const notSeen: Cause = {
  name: 'not-seen',
  summary: 'its PostgreSQL answers somebody, and Lifeboat cannot get in over SSH',
  judge({ node, survey, witnesses, ...rest }) {
    if (!isSilent(survey)) return undefined;
    const answers = witnesses.some(({ answer }) => answer === 'accepting' || answer === 'rejecting');
    if (survey.unreachable && !answers) return undefined;
    return {
      node,
      cause: 'not-seen',
      seriousness: 'degraded',
      certainty: 'sure',
      words: answers
        ? 'PostgreSQL answers there and SSH does not: nothing is lost, but Lifeboat could neither look at this node nor fence it.'
        : 'SSH answers there, and the node cannot be looked at.',
      evidence: silence({ node, survey, witnesses, ...rest }),
      first: [],
      book: null,
      byHand: survey.hint === undefined ? [] : [survey.hint],
      loses: null,
      wait: null,
    };
  },
};
