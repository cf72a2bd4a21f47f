// Which books are known to work on a cluster, a line each below its status.

import type { ProvenBook } from '../monitor/proven.ts';
import { showBytes, showDuration } from '../time.ts';
import { showTime } from './numbers.ts';
import { painter, type Style } from './style.ts';
import { hang } from './wrap.ts';

export function provenLines(proven: readonly ProvenBook[], { width, colour }: Style): string[] {
  const paint = painter(colour);
  return proven.flatMap(one => hang('proven: ', provenWords(one), width, one.failed === null ? undefined : paint.warn));
}

/** `pitr 2026-11-17 03:00:00 UTC (rehearsal): 4 min 10 s with 1.2 GB; today about 5 min`. */
function provenWords({ book, at, how, took, size, failed, predicted }: ProvenBook): string {
  const done = `${book} ${showTime(at)} (${how}): ${showDuration(took)}${size === null ? '' : ` with ${showBytes(size)}`}`;
  return [
    done,
    ...(predicted === null ? [] : [`today about ${showDuration(predicted)}`]),
    ...(failed === null ? [] : [`failed ${showTime(failed)}`]),
  ].join('; ');
}
