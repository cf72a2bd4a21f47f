// How long something would take, in words: what it rests on, or what would have to be run to know it.

import type { PartName } from '../monitor/measured.ts';
import type { PartPrediction, Prediction } from '../monitor/predict.ts';
import { showBytes, showDuration } from '../time.ts';

const names: Readonly<Record<PartName, string>> = {
  restore: 'restore',
  delta: 'restore over data',
  replay: 'replay',
  rest: 'the other steps',
};

/** @param book the one whose rehearsal measures what is not known; null: none does */
export function predictionWords({ took, parts }: Prediction, book: string | null): string {
  if (parts.length === 0) return 'none: there is nothing to restore or replay';
  const known = parts.filter(part => part.took !== null);
  const rehearse = book === null ? '' : `; lifeboat rehearse ${book} measures it`;
  if (known.length === 0) return `unknown: nothing like it was run here${rehearse}`;
  const each = known.map(partWords).join(', ');
  if (took !== null) return `about ${showDuration(took)}${parts.length > 1 ? ` (${each})` : ''}: ${basis(known)}`;
  const missing = parts.filter(part => part.took === null).map(({ part }) => names[part]);
  return `unknown but for ${each} (${basis(known)}); never measured here: ${missing.join(', ')}${rehearse}`;
}

const partWords = ({ part, took }: PartPrediction): string =>
  `${names[part]} ${took === null ? '' : showDuration(took)}`;

/** `median of 3 earlier runs`; of much less data it says so, and where they were elsewhere. */
function basis(known: readonly PartPrediction[]): string {
  const runs = Math.min(...known.map(one => one.runs));
  const small = known.flatMap(({ bytes, largest }) =>
    bytes !== null && largest !== null && bytes > 4 * largest ? [largest] : [],
  );
  const least = small.sort((a, b) => a - b)[0];
  return [
    runs === 1 ? 'as the one earlier run' : `median of ${String(runs)} earlier runs`,
    ...(known.some(({ elsewhere }) => elsewhere) ? ['at another place'] : []),
    ...(least === undefined ? [] : [`with ${showBytes(least)} at most`]),
  ].join(', ');
}
