// A person at a terminal who gives prepared answers, and remembers what was asked.

import type { Person } from '../../ports.ts';

export class ScriptedPerson implements Person {
  readonly asked: string[] = [];
  readonly #answers: (string | null)[];

  /** Null: the question is cancelled, as with Ctrl-C. So is every question beyond the last answer. */
  constructor(answers: readonly (string | null)[]) {
    this.#answers = [...answers];
  }

  ask(question: string): Promise<string | null> {
    this.asked.push(question);
    return Promise.resolve(this.#answers.shift() ?? null);
  }
}
