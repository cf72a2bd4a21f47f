// Numbers of a report as a person reads them; what cannot be known is called unknown.

import { bytes, ms, showBytes, showDuration } from '../time.ts';
import type { LossReport } from './run-report.ts';

/** `1.2 s`; a dash where there is none. */
export const showSeconds = (seconds: number | null): string =>
  seconds === null ? '–' : showDuration(ms(seconds * 1000));

/** `0 B`, `312 kB, 1.2 s`, `unknown bytes, unknown time`. */
export function showLossReport({ bytes: size, seconds }: Pick<LossReport, 'bytes' | 'seconds'>): string {
  if (size === 0) return '0 B';
  return `${size === null ? 'unknown bytes' : showBytes(bytes(size))}, ${seconds === null ? 'unknown time' : showSeconds(seconds)}`;
}

/** `2026-11-21 03:12:44 UTC`. */
export const showTime = (instant: string): string => `${instant.slice(0, 10)} ${instant.slice(11, 19)} UTC`;
