// A copy of a stopped lab's disks, so that whoever comes second finds what the first one found.

import { run } from '../src/drivers/process.ts';
import type { Lab } from '../src/lab/lab.ts';
import { stopServer } from '../src/lab/server.ts';
import { seconds } from '../src/time.ts';

export class Before {
  readonly #lab: Lab;
  readonly #kept: readonly (readonly [string, string])[];

  private constructor(lab: Lab, directories: readonly string[]) {
    this.#lab = lab;
    this.#kept = directories.map((directory, at) => [directory, `${lab.directory}/before-${at}`]);
  }

  /** Stops the servers and starts them again, so that nobody finds more in their memory than the next one does. */
  static async keep(lab: Lab, more: readonly string[]): Promise<Before> {
    for (const node of lab.nodes) await stopServer(node, lab.programs);
    const disks = lab.nodes.flatMap(({ directory }) => [`${directory}/disk1`, `${directory}/disk2`]);
    const before = new Before(lab, [...disks, ...more]);
    for (const [directory, copy] of before.#kept) await must('cp', '-a', '--reflink=auto', directory, copy);
    await before.#start();
    return before;
  }

  /** Once: the copies take the place of what has become of the disks. */
  async bringBack(): Promise<void> {
    for (const node of this.#lab.nodes) await stopServer(node, this.#lab.programs);
    for (const [directory, copy] of this.#kept)
      await must('rm', '-rf', directory).then(() => must('mv', copy, directory));
    await this.#start();
  }

  async #start(): Promise<void> {
    await this.#lab.start();
    for (const { name } of this.#lab.nodes) await this.#lab.streaming(name, this.#lab.standbysOf(name).length);
    // What was copied is written out before the clock runs, and not at somebody's expense.
    await must('sync');
  }
}

async function must(...argv: readonly string[]): Promise<void> {
  const ended = await run(argv, { within: seconds(1800) });
  if (ended.code !== 0) throw new Error(`${argv.join(' ')}: ${ended.stderr}`);
}
