// A service manager that knows nothing of fences, and what it would do to a former primary.

import { run, type Ended } from '../../src/drivers/process.ts';
import type { Lab, LabNode } from '../../src/lab/lab.ts';
import { installationOf, mark } from '../../src/lab/server.ts';
import { pgCtlStart } from '../../src/postgres/commands.ts';
import { seconds } from '../../src/time.ts';
import { until } from './until.ts';

/** As somebody would start it by hand. */
export const startByHand = (lab: Lab, node: LabNode): Promise<Ended> =>
  run(pgCtlStart(installationOf(lab.programs.bin, node), 20), {
    as: lab.user.as,
    within: seconds(30),
    env: mark(node),
  });

/** Starts the server again and again, whatever comes of it. */
export class Eager {
  /** Attempts that have ended. */
  tries = 0;
  /** It was seen to take writes. */
  writable = false;
  #stopped = false;
  readonly #lab: Lab;
  readonly #node: LabNode;
  readonly #done: Promise<void>;

  constructor(lab: Lab, node: LabNode) {
    this.#lab = lab;
    this.#node = node;
    this.#done = this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await startByHand(this.#lab, this.#node);
      const asked = this.#lab.psql(this.#node.name, 'select pg_is_in_recovery()', seconds(5));
      const answer = await asked.catch(() => '');
      this.writable ||= answer === 'f';
      this.tries++;
    }
  }

  /** Returns once it has tried twice more, the second time from its beginning. */
  async triesAgain(): Promise<void> {
    const before = this.tries;
    await until(() => this.tries >= before + 2, 'the service manager tries again', 60_000);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }
}
