// A mistake in a file: where it stands, what is wrong with it, and what was probably meant.

export interface Problem {
  readonly file: string;
  /** From 1; 0 where the mistake has no place in a file (a parameter given on the command line). */
  readonly line: number;
  /** From 1, in characters; 0 where only the line is known. */
  readonly column: number;
  /** A fact in lower case, names quoted. */
  readonly message: string;
  /** The line as it stands, with a caret below; empty where there is none to show. */
  readonly frame: string;
  /** What to write instead, as a sentence. */
  readonly hint?: string;
}

/** Expected outcomes are values: a file is right, or these are its mistakes. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T; readonly warnings?: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export const right = <T>(value: T, warnings: readonly Problem[] = []): Checked<T> =>
  warnings.length === 0 ? { ok: true, value } : { ok: true, value, warnings };
export const wrong = (problems: readonly Problem[]): { readonly ok: false; readonly problems: readonly Problem[] } => ({
  ok: false,
  problems: distinct(problems),
});

/** `lifeboat.yaml:7:12: unknown key "moeds"`, the line with a caret, and the hint. */
export function problemText(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter(part => part !== 0).join(':');
  const frame = problem.frame === '' ? '' : `\n${problem.frame}`;
  const hint = problem.hint === undefined ? '' : `\nHINT: ${problem.hint.replaceAll('\n', '\n      ')}`;
  return `${place}: ${problem.message}${frame}${hint}`;
}

/** All of them, an empty line between two. */
export const problemsText = (problems: readonly Problem[]): string => problems.map(problemText).join('\n\n');

/** A mistake outside any text: on the command line, or found once a step is planned. */
export function placeless(file: string, message: string, hint?: string, line = 0): Problem {
  return { file, line, column: 0, message, frame: '', ...(hint !== undefined && { hint }) };
}

/** One message per place, in the order of the text: what follows from the first mistake there only repeats it. */
function distinct(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return [...problems]
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .filter(({ file, line, column, message }) => {
      const place = column === 0 ? `${file} ${line} ${message}` : `${file}:${line}:${column}`;
      if (seen.has(place)) return false;
      seen.add(place);
      return true;
    });
}
