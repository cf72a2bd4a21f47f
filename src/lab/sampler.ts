// Asks pg_isready, the real one, again and again during a drill, and keeps what it said as runs of equal answers.

import { readFileSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { background, type Background } from '../drivers/process.ts';
import { readinessOf, type Readiness } from '../postgres/isready.ts';
import type { Lab } from './lab.ts';
import type { LabNode } from './layout.ts';
import { markOfLab } from './processes.ts';
import { insert, type ReadyRun, runsOf, type Sample, type Spacing, spacingOf } from './samples.ts';

/** How many shells ask in turn, and how long it takes until each has had its own, in the hundredths of a second that /proc/uptime has. */
const askers = 3;
const round = 6;

/**
 * A shell asks each time its turn has come, or at once where its last question took longer than a round, so that the samples
 * keep coming while this process is busy. It takes the time from the machine's uptime itself, without a further process. On a
 * busy machine one question takes 20 to 60 ms, most of it in the server: only several at once can be asked more often. A server
 * that does not answer at all costs pg_isready's shortest patience, a second.
 */
const loop = `
while :; do
  read -r asked idle </proc/uptime
  "$1" -q -h "$2" -p "$3" -t 1; code=$?
  read -r came idle </proc/uptime
  echo "$code $asked $came" || exit
  now=\${came%.*}\${came#*.}
  if [ $((now - \${asked%.*}\${asked#*.})) -lt "$4" ]; then
    pause=$(($4 - (now + $4 - $5) % $4))
    sleep "0.0$pause"
  fi
done`;

/**
 * In a session of its own: Linux gives each session the same share of the processors (sched(7), autogroup), and that of this
 * process is full of clients that keep the server busy. There a question took three times as long.
 */
const own = ['setsid'];

export class Sampler {
  readonly #children: readonly Background[];
  readonly #samples: Sample[] = [];
  /** What to add to an uptime for ticks. */
  readonly #offset: number;

  constructor(lab: Lab, node: LabNode) {
    this.#offset = performance.now() - uptime();
    const shell = [...own, '/bin/sh', '-c', loop, 'sh'];
    const argv = [...shell, `${lab.description.bin}/pg_isready`, node.address, String(node.port), String(round)];
    this.#children = Array.from({ length: askers }, (_, i) => {
      let lines = 0;
      const child: Background = background([...argv, String(Math.round((i * round) / askers))], {
        as: lab.user.as,
        env: { [markOfLab]: lab.directory },
        onLine: line => {
          lines += 1;
          // Not before: until the shell speaks, its session may still be ours.
          if (lines === 1 && child.pid !== undefined) prefer(child.pid);
          this.#note(line);
        },
      });
      return child;
    });
  }

  /** Runs of equal answers, in order. */
  get runs(): readonly ReadyRun[] {
    return runsOf(this.#samples);
  }

  get last(): ReadyRun | undefined {
    return this.runs.at(-1);
  }

  /** How short a state could have gone unseen. */
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
    for (const child of this.#children) child.kill();
    await Promise.all(this.#children.map(({ ended }) => ended));
  }

  #note(line: string): void {
    const [code, asked, came] = line.split(' ').map(Number);
    const is = readinessOf(code ?? Number.NaN);
    if (is === undefined || asked === undefined || came === undefined) return;
    insert(this.#samples, { is, asked: this.#ticks(asked), came: this.#ticks(came) });
  }

  #ticks(up: number): number {
    return up * 1000 + this.#offset;
  }
}

/** Where we are root: what listens to a busy machine must not wait its turn behind the load that it listens to. */
function prefer(pid: number): void {
  try {
    setPriority(pid, -10);
    writeFileSync(`/proc/${String(pid)}/autogroup`, '-10');
  } catch {
    // Then the answers lie further apart, and the report says how far.
  }
}

const uptime = (): number => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
