// Whether backups and WAL go on being kept: a line for each point, OK or FAILED, in the words that Barman's users know.

import { harmless } from './columns.ts';
import { type Json, plainData } from './plain-data.ts';
import { painter, type Style } from './style.ts';
import { hang } from './wrap.ts';

export interface CheckPoint {
  readonly name: string;
  readonly ok: boolean;
  /** What was seen, and what was expected where it is not OK. */
  readonly what: string;
  /** What to do; null where it is OK. */
  readonly hint: string | null;
}

export interface Checked {
  readonly cluster: string;
  readonly repository: string | null;
  readonly points: readonly CheckPoint[];
}

/** Without a line feed at its end. */
export function checkText({ cluster, points }: Checked, { width, colour }: Style): string {
  const paint = painter(colour);
  const failed = points.filter(({ ok }) => !ok).length;
  const end = failed === 0 ? paint.good('All OK') : paint.bad(`${failed} of ${points.length} FAILED`);
  return [
    ...hang('', `cluster ${cluster}`, width, paint.strong),
    ...points.flatMap(({ name, ok, what, hint }) => [
      ...hang(
        `  ${name}: `,
        `${ok ? 'OK' : 'FAILED'}${what === '' ? '' : ` (${harmless(what)})`}`,
        width,
        ok ? undefined : paint.bad,
      ),
      ...(hint === null ? [] : hang('      ', hint, width)),
    ]),
    end,
  ].join('\n');
}

export const checkJson = (found: Checked): Json => plainData({ ...found, ok: found.points.every(({ ok }) => ok) });
