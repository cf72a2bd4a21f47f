// A way back to before a mistake, part by part: what each of them takes, side by side with another's.

export const parts = ['find', 'plan', 'stop', 'restore', 'replay', 'prove'] as const;
export type Part = (typeof parts)[number];

/** Milliseconds; a part that a way does not have is 0. */
export type Took = Readonly<Record<Part, number>>;

/** How long it took, and what it gave. */
export async function timed<T>(act: () => Promise<T>): Promise<readonly [number, T]> {
  const start = performance.now();
  const value = await act();
  return [performance.now() - start, value];
}

const sum = (took: Took, but?: Part): number => parts.reduce((all, part) => all + (part === but ? 0 : took[part]), 0);

/** The first of them is told as a multiple of the second, where there is one. */
export function reportParts(one: readonly [string, Took], other: readonly [string, Took] | undefined): void {
  const ways = other === undefined ? [one] : [one, other];
  const rows: readonly (readonly [string, (took: Took) => number])[] = [
    ...parts.map(part => [part, (took: Took) => took[part]] as const),
    ['all', took => sum(took)],
    ['all but replay', took => sum(took, 'replay')],
  ];
  const line = (title: string, cells: readonly string[], more = ''): void =>
    console.log(`  ${title.padEnd(16)}${cells.map(cell => cell.padStart(14)).join('')}  ${more}`.trimEnd());
  line(
    '',
    ways.map(([name]) => name),
  );
  for (const [title, of] of rows) {
    const [own = Number.NaN, ...others] = ways.map(([, took]) => of(took));
    const more = others.flatMap(its => (its === 0 ? [] : [`${(own / its).toFixed(2)} times`]));
    line(
      title,
      [own, ...others].map(took => (took === 0 ? '–' : `${(took / 1000).toFixed(2)} s`)),
      more.join(''),
    );
  }
}
