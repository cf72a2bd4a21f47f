// To where a drill went back, in a few lines: the mistake, how it was found, the target, and what each part of the way took.

import type { ActReport } from './drill-report.ts';
import { showSeconds } from './numbers.ts';

/** Name and text of each line; none where the act went back nowhere. */
export function wayBackFields({ wayBack, steps, runbookSeconds }: ActReport): readonly (readonly [string, string])[] {
  if (wayBack === undefined) return [];
  const { mistake, findSeconds, target } = wayBack;
  const parts = [
    ...(findSeconds === undefined ? [] : [`find ${showSeconds(findSeconds)}`]),
    ...steps.flatMap(({ id, seconds, status }) => (status === 'done' ? [`${id} ${showSeconds(seconds)}`] : [])),
  ];
  return [
    ['mistake', `${mistake.statement}, transaction ${mistake.xid} at ${mistake.lsn}, committed ${mistake.time}`],
    ['back to', target.join(' ')],
    ['took', `${showSeconds((findSeconds ?? 0) + runbookSeconds)}: ${parts.join(', ')}`],
  ];
}
