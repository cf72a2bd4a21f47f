// What triage found, for a person: what is the matter, what was seen where, what to run, and what that costs.

import { showLoss } from '../look/loss.ts';
import type { Certainty, Seen, Seriousness } from '../monitor/triage/finding.ts';
import { showBytes, showDuration } from '../time.ts';
import { showTime } from './numbers.ts';
import { type Paint, painter, type Style } from './style.ts';
import type { Diagnosed, Diagnosis } from './triage-report.ts';
import { hang } from './wrap.ts';

const graveness: Record<Seriousness, string> = {
  danger: 'danger',
  outage: 'nobody takes writes',
  degraded: 'degraded',
  wait: 'wait',
};

const sureness: Record<Certainty, string> = { sure: '', likely: ' (likely)', possible: ' (possible)' };

/** Without a line feed at its end. */
export function triageText({ cluster, at, nodes, findings }: Diagnosis, { width, colour }: Style): string {
  const paint = painter(colour);
  const head = hang('', `cluster ${cluster} · ${showTime(at)}`, width, paint.strong);
  if (findings.length === 0) {
    return [...head, ...hang('', `nothing to do: ${nodes.join(', ')} are well`, width, paint.good)].join('\n');
  }
  return [...head, ...findings.flatMap((finding, i) => ['', ...findingLines(finding, i + 1, width, paint)])].join('\n');
}

function findingLines(finding: Diagnosed, number: number, width: number, paint: Paint): string[] {
  const { node, cause, seriousness, certainty, words, evidence, first, book, byHand, loss, wait } = finding;
  const dress = seriousness === 'danger' || seriousness === 'outage' ? paint.bad : paint.warn;
  const field = (name: string, text: string, colour?: (line: string) => string): string[] =>
    hang(`   ${name.padEnd(8)} `, text, width, colour);
  const list = (name: string, texts: readonly string[]): string[] =>
    texts.flatMap((text, i) => field(i === 0 ? name : '', text));
  return [
    ...hang(`${String(number)}  `, `${node}: ${cause}${sureness[certainty]} · ${graveness[seriousness]}`, width, dress),
    ...hang('   ', words, width),
    ...list('seen', evidence.map(seenWords)),
    ...list('first', first),
    ...(book === null ? [] : field('run', book, paint.strong)),
    ...(loss === null ? [] : field('loses', `at most ${showLoss(loss)} (${loss.from.join('; ')})`)),
    ...list(book === null ? 'by hand' : 'or', byHand),
    ...(wait === null ? [] : field('wait', `until ${wait.until}`)),
    ...(wait?.progress
      ? field(
          '',
          `${showBytes(wait.progress.done)} of ${showBytes(wait.progress.of)} done${wait.progress.left === null ? '' : `, about ${showDuration(wait.progress.left)} left`}`,
        )
      : []),
  ];
}

/** `node1 /log/postgresql.log at byte 1234: PANIC:  …`; `less +1234P FILE` goes there. */
function seenWords({ on, file, offset, text }: Seen): string {
  const place = file === undefined ? '' : ` ${file}${offset === undefined ? '' : ` at byte ${String(offset)}`}`;
  return `${on}${place}: ${text}`;
}
