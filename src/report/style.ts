// How text is dressed for a terminal: its width, and colours by meaning.

import { Chalk } from 'chalk';

/** What every text function is handed. */
export interface Style {
  /** Columns of the terminal; no line is wider. */
  readonly width: number;
  readonly colour: boolean;
}

type Dress = (text: string) => string;

export interface Paint {
  readonly good: Dress;
  readonly bad: Dress;
  readonly warn: Dress;
  readonly dim: Dress;
  readonly strong: Dress;
  /** Where something happens: a host. */
  readonly place: Dress;
}

/** Without colour each of them gives its text back, so that nothing has to ask. */
export function painter(colour: boolean): Paint {
  // Level 1: sixteen colours, which every terminal that knows colour shows in the operator's own palette.
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  return {
    good: text => chalk.green(text),
    bad: text => chalk.red(text),
    warn: text => chalk.yellow(text),
    dim: text => chalk.dim(text),
    strong: text => chalk.bold(text),
    place: text => chalk.cyan(text),
  };
}
