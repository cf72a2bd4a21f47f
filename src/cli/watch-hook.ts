// The hook of the inventory: a program of the site's own, told of each change on its standard input.

import { type Change, isNews } from '../monitor/monitor.ts';
import type { Site } from '../ports.ts';
import { seconds } from '../time.ts';

const patience = seconds(30);

export class Hook {
  readonly #site: Site;
  readonly #argv: readonly string[] | undefined;
  readonly #complain: (text: string) => void;
  #queue: Promise<void> = Promise.resolve();
  #calls = 0;

  /** @param complain is told of a hook that failed: the monitor goes on */
  constructor(site: Site, argv: readonly string[] | undefined, complain: (text: string) => void) {
    this.#site = site;
    this.#argv = argv;
    this.#complain = complain;
  }

  /** One after the other, in the order of the changes; nobody waits for it. */
  tell(cluster: string, change: Change): void {
    const argv = this.#argv;
    if (argv === undefined || !isNews(change)) return;
    this.#queue = this.#queue.then(() => this.#call(argv, `${JSON.stringify({ cluster, ...change })}\n`));
  }

  /** Those already begun or waiting, to their own deadline each. */
  finished(): Promise<void> {
    return this.#queue;
  }

  async #call(argv: readonly string[], stdin: string): Promise<void> {
    this.#calls += 1;
    const id = { run: 'watch', op: `hook.${String(this.#calls)}` };
    const task = { task: 'argv' as const, tries: [{ argv, within: patience }], stdin };
    const ran = await this.#site.run({ id, task }, () => undefined);
    if (ran.is === 'ended' && ran.code === 0) return;
    const why =
      ran.is === 'ended'
        ? `exit ${String(ran.code)}: ${(ran.stderr.trim() || ran.stdout.trim()).split('\n').at(-1) ?? ''}`
        : ran.is === 'refused'
          ? ran.found
          : ran.why;
    this.#complain(`the hook ${argv[0] ?? ''} failed: ${why}`);
  }
}
