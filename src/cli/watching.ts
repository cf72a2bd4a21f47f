// The monitor at work: round after round, each change told to the view and to the hook, until it is over.

import { liveLook } from '../engine/live-look.ts';
import { exits } from '../faults.ts';
import { saysNow } from '../monitor/cluster-watch.ts';
import { type Goal, reached } from '../monitor/goal.ts';
import { beginMonitor, type Change, hear, type Monitor } from '../monitor/monitor.ts';
import { codeOf } from '../monitor/sample.ts';
import type { WatchEnded } from '../monitor/watch-event.ts';
import type { NodeName, Site } from '../ports.ts';
import type { MonitorView } from '../report/monitor-view.ts';
import type { Cluster, MonitorRules } from '../runbook/inventory-types.ts';
import { type Duration, ms, seconds } from '../time.ts';
import type { LastSeen } from './state-directory.ts';
import type { Terminal } from './terminal.ts';
import { accessLack } from './watch-access.ts';
import { WatchedFences } from './watch-fences.ts';
import { Hook } from './watch-hook.ts';
import { longEnough, Witnesses } from './watch-witnesses.ts';

export interface Surroundings {
  readonly site: Site;
  readonly cluster: Cluster;
  /** File of the inventory. */
  readonly inventory: string;
  readonly rules: MonitorRules;
  readonly view: MonitorView;
  readonly typed: string;
  readonly lastSeen: LastSeen;
  readonly terminal: Terminal;
}

export interface Wanted {
  readonly goal: Goal | undefined;
  readonly once: boolean;
  readonly timeout: Duration | undefined;
  readonly stop: AbortSignal;
}

/** A promotion shows in no pg_isready, and what a primary has written is the basis of a loss estimate: looked at so often. */
const rolesEvery = seconds(60);

export class Watching {
  readonly #around: Surroundings;
  readonly #hook: Hook;
  readonly #fences: WatchedFences;
  readonly #witnesses: Witnesses;
  readonly #warned = new Set<NodeName>();
  #looked = -Infinity;
  monitor: Monitor;

  constructor(around: Surroundings) {
    const { site, cluster, rules, view } = around;
    this.#around = around;
    this.#hook = new Hook(site, rules.hook, text => this.#aside(text));
    this.#fences = new WatchedFences(around, found => {
      this.#aside(found.line);
      if ('node' in found)
        view.hear({ e: 'owed', at: site.clock.now(), node: found.node, is: found.is, words: found.line });
    });
    this.#witnesses = new Witnesses(site, cluster, sample =>
      view.hear({
        e: 'sample',
        at: sample.at,
        of: sample.of,
        from: sample.from,
        code: codeOf(sample.is),
        is: sample.is,
        why: sample.why,
      }),
    );
    this.monitor = beginMonitor(cluster, rules, site.clock.now());
  }

  async run({ goal, once, timeout, stop }: Wanted): Promise<WatchEnded> {
    const { site, cluster, rules, view } = this.#around;
    const { interval, downAfter, upAfter } = rules;
    const nodes = cluster.nodes.map(({ name }) => name);
    view.hear({ e: 'watch', at: site.clock.now(), cluster: cluster.name, nodes, interval, downAfter, upAfter });
    const end = timeout === undefined ? stop : AbortSignal.any([stop, AbortSignal.timeout(timeout)]);
    let is: WatchEnded['is'] | undefined;
    while (is === undefined) {
      const began = site.clock.ticks();
      await this.#round(once, end);
      const come = goal !== undefined && reached(this.monitor, goal);
      if (!come && !once) await site.clock.sleep(ms(Math.max(0, began + interval - site.clock.ticks())), end);
      is = come ? 'reached' : stop.aborted ? 'interrupted' : end.aborted ? 'timed-out' : once ? 'looked' : undefined;
    }
    await Promise.all([this.#hook.finished(), this.#fences.finished()]);
    const ended: WatchEnded = {
      e: 'end',
      at: site.clock.now(),
      is,
      cluster: this.monitor.cluster.is,
      exit: exitOf(is, goal),
    };
    view.hear(ended);
    return ended;
  }

  async #round(once: boolean, end: AbortSignal): Promise<void> {
    const { site, rules, view, typed } = this.#around;
    const within = once ? longEnough : rules.interval;
    this.#fences.try();
    const everyone = site.clock.ticks() - this.#looked >= rolesEvery;
    const round = await this.#witnesses.round(node => everyone || this.#roleWanted(node), within, end);
    // What was cut short says nothing about those who had no time to answer.
    if (end.aborted && round.samples.length === 0) return;
    const { monitor, changes } = hear(this.monitor, round);
    const former = this.monitor;
    this.monitor = monitor;
    for (const change of changes) this.#changed(typedNext(change, typed));
    for (const [n, { node, segment }] of monitor.nodes.entries()) {
      if (segment !== null && segment !== former.nodes[n]?.segment)
        view.hear({ e: 'replays', at: round.at, node, segment });
    }
    view.round(monitor, round.at);
    if (everyone && !once && !end.aborted) this.#look();
  }

  /** While one is missing or not sure; and while nobody is the primary, for it may be any of them by now. */
  #roleWanted(node: NodeName): boolean {
    const { nodes, cluster } = this.monitor;
    const watch = nodes.find(one => one.node === node);
    return cluster.is !== 'healthy' || watch?.state !== 'up' || saysNow(watch) === undefined;
  }

  #changed(change: Change): void {
    this.#around.view.hear(change);
    this.#hook.tell(this.#around.cluster.name, change);
  }

  /** In the background: it may cost the deadline of a dead host, and no sample waits for it. */
  #look(): void {
    const { site, cluster, lastSeen } = this.#around;
    this.#looked = site.clock.ticks();
    const look = liveLook(site, cluster, { started: site.clock.now(), told: new Map() });
    lastSeen.note(look).catch(() => undefined);
    for (const { node, state } of this.monitor.nodes) {
      if (state !== 'up' || this.#warned.has(node)) continue;
      this.#warned.add(node);
      accessLack(site, cluster, node).then(
        warning => warning !== undefined && this.#aside(warning),
        () => this.#warned.delete(node),
      );
    }
  }

  #aside(text: string): void {
    const { terminal, view } = this.#around;
    view.aside(() => terminal.err(`${text.startsWith('lifeboat') ? '' : 'lifeboat: '}${text}\n`));
  }
}

const typedNext = (change: Change, typed: string): Change =>
  change.e === 'node-changed' ? change : { ...change, next: change.next.map(command => command + typed) };

/** Who asks for a state wants to know whether it came; without one, to stop is no failure. */
function exitOf(is: WatchEnded['is'], goal: Goal | undefined): number {
  if (is === 'reached' || goal === undefined) return exits.ok;
  return is === 'interrupted' ? exits.interrupted : exits.refused;
}
