// An act of a drill on its receipt: one headline, the times of its steps, and what it proves.

import type { ActReport, DrillProof } from './drill-report.ts';
import { showSeconds } from './numbers.ts';
import { stepLines } from './report-text.ts';
import { painter, type Style } from './style.ts';
import { wayBackFields } from './way-back-text.ts';
import { hang } from './wrap.ts';

/** A step that failed is shown as in a report of its run; of those that went well the time is enough. */
export function actLines(act: ActReport, number: number, numbers: number, style: Style): string[] {
  const { width } = style;
  const paint = painter(style.colour);
  const well = act.exitCode === 0 && act.proofs.every(({ holds }) => holds);
  const turn = act.turn === undefined ? '' : ` (${String(act.turn.number)} of ${String(act.turn.of)})`;
  const head = `${well ? paint.good('✓') : paint.bad('✗')} ${String(number).padStart(numbers)} `;
  const steps = act.steps.flatMap(({ id, seconds, status }) =>
    status === 'done' ? [`${id} ${showSeconds(seconds)}`] : [],
  );
  const held = act.proofs.flatMap(({ name, holds, found }) => (holds ? [`${name}: ${found}`] : []));
  return [
    ...hang(head, `${act.runbook}  ${act.title}${turn}  ${showSeconds(act.seconds)}`, width, paint.strong),
    ...(act.fault === null ? [] : hang('    fault ', act.fault, width)),
    ...(act.why === undefined ? [] : hang('    ', act.why, width, paint.bad)),
    ...(act.wayBack
      ? wayBackFields(act).flatMap(([name, text]) => hang(`    ${name} `, text, width))
      : steps.length === 0
        ? []
        : hang('    took ', `${showSeconds(act.runbookSeconds)}: ${steps.join(', ')}`, width)),
    ...failedSteps(act, style),
    ...hang('    gap ', gap(act), width),
    ...(held.length === 0 ? [] : hang(`    ${paint.good('✓')} `, held.join(' · '), width)),
    ...act.proofs.flatMap(one => (one.holds ? [] : proofLines(one, '    ', style))),
  ];
}

function failedSteps({ steps }: ActReport, style: Style): string[] {
  const indent = '    ';
  const narrower = { ...style, width: style.width - indent.length };
  return steps.flatMap((step, i) =>
    step.status === 'failed'
      ? stepLines(step, i + 1, String(steps.length).length, narrower).map(line => indent + line)
      : [],
  );
}

export function proofLines({ name, holds, expected, found }: DrillProof, indent: string, style: Style): string[] {
  const paint = painter(style.colour);
  const mark = holds ? paint.good('✓') : paint.bad('✗');
  const text = holds ? `${name}: ${found}` : `${name}: ${found}, expected ${expected}`;
  return hang(`${indent}${mark} `, text, style.width);
}

/** How long the client waited, and what for where that can be told. */
export function gap({ rto }: Pick<ActReport, 'rto'>): string {
  const parts = [
    [rto.detectSeconds, 'to detect'],
    [rto.decideSeconds, 'to decide'],
    [rto.promoteSeconds, 'to promote'],
  ] as const;
  const told = parts.some(([seconds]) => seconds !== null);
  const split = told ? parts.map(([seconds, word]) => `${showSeconds(seconds)} ${word}`).join(', ') : '';
  return rto.clientGapSeconds === null
    ? `without end: no row was acknowledged afterwards${told ? ` (${split})` : ''}`
    : `${showSeconds(rto.clientGapSeconds)} without an acknowledgement${told ? `: ${split}` : ''}`;
}
