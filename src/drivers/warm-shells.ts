// The few shells that stand on one connection, so that what is asked at the same time need not wait for its turn.

import { type Duration, ms } from '../time.ts';
import type { Command, Running } from './shell.ts';
import { WarmShell } from './warm-shell.ts';

/** A job, the questions about its output, and a survey beside it. The rest of sshd's sessions stays for what needs one of its own. */
const most = 3;

export class WarmShells {
  readonly #open: (within: Duration) => Promise<Running | undefined>;
  readonly #idle: WarmShell[] = [];
  #standing = 0;
  /** A host may let nobody have a shell that stands: one where each session gets the same command, say. */
  #inVain = false;

  /** `open` starts what a {@link WarmShell} is made of, where a session can be had at once; it throws where the host does not answer. */
  constructor(open: (within: Duration) => Promise<Running | undefined>) {
    this.#open = open;
  }

  /**
   * Starts it in a shell that has answered just now: of a host that is gone one hears before anything was sent to it, and not
   * after. Nothing where all are busy or none can be had; then the command needs a session of its own.
   */
  async start(command: Command, within: Duration): Promise<Running | undefined> {
    const idle = this.#pop();
    const shell = (idle && (await answering(idle, ms(within / 2)))) ?? (await this.#new(ms(within / 2)));
    const running = shell?.run(command);
    void running?.ended.then(() => {
      if (shell?.gone === false) this.#idle.push(shell);
    });
    return running;
  }

  /** One that is idle gives its session up, for somebody who needs it more. */
  spare(): void {
    this.#pop()?.leave();
  }

  #pop(): WarmShell | undefined {
    for (let shell = this.#idle.pop(); shell; shell = this.#idle.pop()) if (!shell.gone) return shell;
    return undefined;
  }

  async #new(within: Duration): Promise<WarmShell | undefined> {
    if (this.#inVain || this.#standing >= most) return undefined;
    this.#standing += 1;
    const running = await this.#open(within).finally(() => (this.#standing -= 1));
    if (!running) return undefined;
    this.#standing += 1;
    void running.ended.then(() => (this.#standing -= 1));
    const shell = await answering(new WarmShell(running), within);
    this.#inVain = shell === undefined;
    return shell;
  }
}

async function answering(shell: WarmShell, within: Duration): Promise<WarmShell | undefined> {
  if (await shell.answers(within)) return shell;
  if (!shell.gone) shell.drop();
  return undefined;
}
