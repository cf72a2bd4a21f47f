// Asks pg_isready, the real one, again and again during a drill, and keeps what it said as runs of equal answers.

import { readFileSync } from 'node:fs';
import { background, type Background } from '../drivers/process.ts';
import { readinessOf, type Readiness } from '../postgres/isready.ts';
import { instant, ms, type Duration, type Instant } from '../time.ts';
import type { Lab } from './lab.ts';
import type { LabNode } from './layout.ts';
import { markOfLab } from './processes.ts';

export interface ReadyRun {
  readonly is: Readiness;
  /** When the first and the last of these answers came. */
  readonly from: Instant;
  readonly to: Instant;
  /** The same in ticks of performance.now(), to 10 ms. */
  readonly fromTicks: number;
  readonly toTicks: number;
  readonly count: number;
}

/**
 * A shell asks, pauses and asks again, so that the samples keep coming while this process is busy; it notes the machine's
 * uptime itself, without a further process. Its two programs take 20 to 30 ms of a busy machine, which the pause comes on top of. A server that does not answer at all costs pg_isready's shortest patience, a second.
 */
const loop =
  'while :; do "$1" -q -h "$2" -p "$3" -t 1; code=$?; read -r up idle </proc/uptime; echo "$code $up" || exit; sleep "$4"; done';

export class Sampler {
  readonly #child: Background;
  readonly #runs: { -readonly [K in keyof ReadyRun]: ReadyRun[K] }[] = [];
  /** What to add to an uptime for ticks. */
  readonly #offset: number;
  #widest = 0;

  constructor(lab: Lab, node: LabNode, every: Duration = ms(15)) {
    this.#offset = performance.now() - uptime();
    const argv = ['/bin/sh', '-c', loop, 'sh', `${lab.description.bin}/pg_isready`, node.address, String(node.port)];
    this.#child = background([...argv, String(every / 1000)], {
      as: lab.user.as,
      env: { [markOfLab]: lab.directory },
      onLine: line => this.#note(line),
    });
  }

  /** Runs of equal answers, in order. */
  get runs(): readonly ReadyRun[] {
    return this.#runs;
  }

  get last(): ReadyRun | undefined {
    return this.#runs.at(-1);
  }

  /** The longest time between two samples of which the later was answered: how short a state could have gone unseen. */
  get widest(): Duration {
    return ms(this.#widest);
  }

  /** True once the answers have gone through these, in order, whatever lay between. */
  saw(states: readonly Readiness[]): boolean {
    let at = 0;
    for (const { is } of this.#runs) if (is === states[at]) at += 1;
    return at === states.length;
  }

  async stop(): Promise<void> {
    this.#child.kill();
    await this.#child.ended;
  }

  #note(line: string): void {
    const [code, up] = line.split(' ');
    const is = readinessOf(Number(code));
    if (is === undefined) return;
    const ticks = Number(up) * 1000 + this.#offset;
    const at = instant(new Date(performance.timeOrigin + ticks));
    const last = this.#runs.at(-1);
    if (last && is !== 'no-response') this.#widest = Math.max(this.#widest, ticks - last.toTicks);
    if (last?.is === is) Object.assign(last, { to: at, toTicks: ticks, count: last.count + 1 });
    else this.#runs.push({ is, from: at, to: at, fromTicks: ticks, toTicks: ticks, count: 1 });
  }
}

const uptime = (): number => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
