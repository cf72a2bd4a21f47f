// One run per cluster: a lock on every node that answers, with a token that each op's guard compares on the host.

import { Fault } from '../faults.ts';
import { isSilent, type LockClaim, type LockSeen, type NodeName, type Site } from '../ports.ts';
import { seconds, showDuration } from '../time.ts';

/** A holder that has not been heard of for so long may be given up by the operator. */
export const staleAfter = seconds(60);
const heartbeatEvery = seconds(10);

export interface LockOptions {
  readonly run: string;
  readonly book: string;
  /** Token of a former process of the same run. */
  readonly former: string | null;
  /** `--take-over-lock`: a stale lock of somebody else is replaced. */
  readonly takeOver: boolean;
}

export class RunLock {
  readonly token: string;
  readonly #site: Site;
  readonly #options: LockOptions;
  readonly #held = new Set<NodeName>();
  readonly #stop = new AbortController();

  private constructor(site: Site, options: LockOptions) {
    this.#site = site;
    this.#options = options;
    this.token = `${options.run}-${site.random()}`;
  }

  /** Takes the lock on every node that answers. All or none: a Fault `locked` names who holds it. */
  static async take(site: Site, nodes: readonly NodeName[], options: LockOptions): Promise<RunLock> {
    const lock = new RunLock(site, options);
    const answers = await Promise.allSettled(nodes.map(on => lock.hold(on)));
    const refusal = answers.find(answer => answer.status === 'rejected');
    if (refusal) {
      await lock.release();
      throw refusal.reason;
    }
    void lock.#beat();
    return lock;
  }

  get held(): readonly NodeName[] {
    return [...this.#held];
  }

  /** Holds the lock of one more node: one that was silent at first and answers now is locked before anything is done to it. */
  async hold(on: NodeName): Promise<void> {
    if (this.#held.has(on)) return;
    const { run, book, former, takeOver } = this.#options;
    const claim: LockClaim = {
      run,
      book,
      token: this.token,
      owner: this.#site.owner,
      pid: this.#site.pid,
      replaces: former,
    };
    const host = this.#site.host(on);
    let answer = await host.lock(claim);
    if (isSilent(answer)) return;
    // A run that was cut off before it could journal its token knows its own lock by its name.
    if (answer.is === 'taken' && (answer.by.run === run || (takeOver && answer.by.age > staleAfter))) {
      answer = await host.lock({ ...claim, replaces: answer.by.token });
      if (isSilent(answer)) return;
    }
    if (answer.is === 'taken') throw held(on, answer.by);
    this.#held.add(on);
  }

  async #beat(): Promise<void> {
    for (;;) {
      await this.#site.clock.sleep(heartbeatEvery, this.#stop.signal).catch(() => undefined);
      if (this.#stop.signal.aborted) return;
      // A lost lock needs no alarm here: the next op is refused on the host, where it counts.
      await Promise.all(
        this.held.map(on =>
          this.#site
            .host(on)
            .heartbeat(this.token)
            .catch(() => false),
        ),
      );
    }
  }

  async release(): Promise<void> {
    this.#stop.abort();
    await Promise.all(
      this.held.map(on =>
        this.#site
          .host(on)
          .unlock(this.token)
          .catch(() => undefined),
      ),
    );
    this.#held.clear();
  }
}

function held(on: NodeName, by: LockSeen): Fault {
  const who = `${by.owner} (pid ${String(by.pid)}) runs "${by.book}" as ${by.run}, last heard of ${showDuration(by.age)} ago`;
  const hint =
    by.age > staleAfter
      ? `its holder seems to be gone. If you are sure of that: resume it there, or add --take-over-lock here`
      : by.book === 'restore'
        ? 'wait for it'
        : `wait for it, or follow it on that machine: lifeboat report ${by.run}`;
  return new Fault('locked', `another run holds the cluster: ${who}`, { on, hint });
}
