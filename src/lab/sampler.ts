// Asks a server during a drill whether it takes connections, again and again, and keeps what it said as runs of equal answers.

import type { Readiness } from '../postgres/isready.ts';
import { ms, seconds } from '../time.ts';
import { askFromProcess } from './asking-process.ts';
import { askFromShell } from './asking-shell.ts';
import type { Lab } from './lab.ts';
import { applicationUser, database, type LabNode } from './layout.ts';
import { insert, type ReadyRun, runsOf, type Sample, type Spacing, spacingOf } from './samples.ts';

/**
 * Asked on, whether the last answer has come or not: the server makes a process for each, which on a busy machine takes it 20 to
 * 60 ms, and where it begins anew after a crash it hears nobody for a fifth of a second. `closely` takes half a core of two: where
 * a recovery takes half a minute, and not where a failover takes half a second, now and then will do.
 */
const paces = {
  closely: { every: ms(20), shell: ms(100) },
  'now and then': { every: ms(200), shell: ms(1000) },
} as const;
const patience = seconds(1);

export class Sampler {
  readonly #samples: Sample[] = [];
  readonly #ends: (() => Promise<void>)[] = [];
  #over = false;

  constructor(lab: Lab, node: LabNode, pace: keyof typeof paces = 'closely') {
    const { every, shell } = paces[pace];
    const tell = (sample: Sample): void => {
      insert(this.#samples, sample);
    };
    const target = { host: node.address, port: node.port, user: applicationUser, database };
    const end = askFromProcess({ target, every, patience, lab: lab.directory }, sample => {
      // Not before: a shell is there sooner, and the start of ours would lie between its first question and the next.
      if (this.#samples.length === 0 && !this.#over) this.#ends.push(askFromShell(lab, node, shell, tell));
      tell(sample);
    });
    this.#ends.push(end);
  }

  /** Runs of equal answers, in order. */
  get runs(): readonly ReadyRun[] {
    return runsOf(this.#samples);
  }

  get last(): ReadyRun | undefined {
    return this.runs.at(-1);
  }

  /** How close the questions lay to each other. */
  get spacing(): Spacing | undefined {
    return spacingOf(this.#samples);
  }

  /** True once the answers have gone through these, in order, whatever lay between. */
  saw(states: readonly Readiness[]): boolean {
    let at = 0;
    for (const { is } of this.runs) if (is === states[at]) at += 1;
    return at === states.length;
  }

  async stop(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#ends.map(end => end()));
  }
}
