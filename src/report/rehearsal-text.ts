// What a rehearsal showed: of what the sandbox was made, what was switched off in it, the receipt of the drill, and the forecast beside it.

import type { Prediction } from '../monitor/predict.ts';
import type { CopySettings, Outsiders } from '../postgres/outward.ts';
import { type Bytes, type Duration, ms, showBytes, showDuration } from '../time.ts';
import { padEnd } from './columns.ts';
import type { DrillReport } from './drill-report.ts';
import { drillText } from './drill-text.ts';
import type { ForecastKept } from './forecast-kept.ts';
import { showSeconds, showTime } from './numbers.ts';
import { type Json, plainData } from './plain-data.ts';
import { predictionWords } from './prediction-words.ts';
import { painter, type Style } from './style.ts';
import { hang } from './wrap.ts';

export interface Rehearsal {
  readonly book: string;
  readonly cluster: string;
  readonly backup: { readonly id: string; readonly taken: string; readonly size: Bytes; readonly wal: Bytes };
  readonly sandbox: {
    readonly restored: Duration;
    readonly replayed: Duration;
    readonly off: CopySettings['off'];
    readonly outsiders: Outsiders;
  };
  /** Of the book's own run; null where it was not begun. */
  readonly forecast: ForecastKept | null;
  /** Before this rehearsal, by the record. */
  readonly predicted: Prediction;
  /** The book alone. */
  readonly took: Duration;
  readonly drill: DrillReport;
}

/** Without a line feed at its end. */
export function rehearsalText(rehearsal: Rehearsal, style: Style): string {
  const { width } = style;
  const paint = painter(style.colour);
  const { book, cluster, backup, sandbox, forecast, predicted, took, drill } = rehearsal;
  const field = (name: string, text: string): string[] => hang(`  ${padEnd(name, 11)} `, text, width);
  const passed = drill.outcome === 'passed';
  return [
    ...hang('', `rehearsal of ${book} · a copy of cluster ${cluster}`, width, paint.strong),
    ...field('backup', `${backup.id}, taken ${showTime(backup.taken)}: ${showBytes(backup.size)}`),
    ...field('restored', `in ${showDuration(sandbox.restored)}`),
    ...field('replayed', `${showBytes(backup.wal)} of WAL in ${showDuration(sandbox.replayed)}`),
    ...offLines(sandbox).flatMap(text => field('cut off', text)),
    '',
    drillText(drill, style),
    '',
    ...hang('', 'Against the forecast', width, paint.strong),
    ...forecastWords(forecast).flatMap(text => field('steps', text)),
    ...field('time', `${showDuration(took)}; predicted ${predictionWords(predicted, book)}`),
    '',
    ...hang(
      '',
      passed
        ? `${book} is proven on the data of ${cluster}: ${showSeconds(took / 1000)}`
        : `${book} is not proven on the data of ${cluster}`,
      width,
      passed ? paint.good : paint.bad,
    ),
  ].join('\n');
}

/** By what they would have done. */
export function offLines({ off, outsiders }: Pick<Rehearsal['sandbox'], 'off' | 'outsiders'>): string[] {
  const reasons = [...new Set(off.map(({ why }) => why))];
  const { subscriptions, foreignServers } = outsiders;
  return [
    ...reasons.map(reason => `${names(off.filter(({ why }) => why === reason))}: ${reason}`),
    ...(subscriptions.length === 0 ? [] : [`subscriptions ${subscriptions.join(', ')}: no worker runs for them`]),
    ...(foreignServers.length === 0
      ? []
      : [`foreign servers ${foreignServers.join(', ')}: their user mappings were removed`]),
  ];
}

const names = (all: CopySettings['off']): string => all.map(({ name }) => name).join(', ');

function forecastWords(forecast: ForecastKept | null): string[] {
  if (forecast === null) return ['the book was not begun'];
  const { steps, asForeseen, otherwise, commands, notNeeded } = forecast;
  return [
    `${String(asForeseen)} of ${String(steps)} went as the plan had said; ${String(notNeeded)} of ${String(commands)} commands were not needed`,
    ...otherwise,
  ];
}

export const rehearsalJson = ({ predicted, took, ...rehearsal }: Rehearsal): Json =>
  plainData({ ...rehearsal, took, predicted: predicted.took === null ? null : ms(predicted.took) });
