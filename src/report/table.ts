// A table that fits: where the columns do not find room side by side, the least needed ones are put below their row.

import { padEnd, widthOf } from './columns.ts';
import { hang } from './wrap.ts';

export interface Column<R> {
  readonly title: string;
  /** Empty where there is nothing to say: a dash in its column, no line below its row. */
  readonly of: (row: R) => string;
  /** Where there is no room: `stay`, or put below its row, those with the highest number first. */
  readonly below: 'stay' | number;
}

const gap = 2;

const dashed = (cell: string): string => (cell === '' ? '–' : cell);

export function table<R>(columns: readonly Column<R>[], rows: readonly R[], width: number): string[] {
  const side = fitting(columns, rows, width);
  const below = columns.filter(column => !side.includes(column));
  const widths = side.map(column => widest(column, rows));
  const line = (cells: readonly string[]): string =>
    cells
      .map(dashed)
      .map((cell, i) => padEnd(cell, (widths[i] ?? 0) + gap))
      .join('')
      .trimEnd();
  const head = line(side.map(({ title }) => title));
  return [
    ...hang('', head, width),
    ...rows.flatMap(row => [
      ...hang('', line(side.map(({ of }) => of(row))), width),
      ...below.filter(({ of }) => of(row) !== '').flatMap(({ title, of }) => hang(`    ${title}: `, of(row), width)),
    ]),
  ];
}

const widest = <R>({ title, of }: Column<R>, rows: readonly R[]): number =>
  Math.max(widthOf(title), ...rows.map(row => widthOf(dashed(of(row)))));

function fitting<R>(columns: readonly Column<R>[], rows: readonly R[], width: number): readonly Column<R>[] {
  const needed = columns.reduce((sum, column) => sum + widest(column, rows) + gap, -gap);
  if (needed <= width) return columns;
  const ranks = columns.flatMap(({ below }) => (below === 'stay' ? [] : [below]));
  if (ranks.length === 0) return columns;
  const least = Math.max(...ranks);
  return fitting(
    columns.filter(({ below }) => below !== least),
    rows,
    width,
  );
}
