// lifeboat watch: pg_isready of every node by itself, by each other and from here, again and again; says what it sees.

import { makeSite } from '../drivers/site.ts';
import { exits } from '../faults.ts';
import { foundInstead, showGoal } from '../monitor/goal.ts';
import { nextCommands } from '../monitor/monitor.ts';
import type { WatchEnded } from '../monitor/watch-event.ts';
import { jsonView, listingView, type MonitorView, onceView, tableView } from '../report/monitor-view.ts';
import type { Cluster, MonitorRules } from '../runbook/inventory-types.ts';
import { type Duration, seconds } from '../time.ts';
import { onInterrupt } from './interrupt.ts';
import { chooseCluster, loadInventory } from './inventory-file.ts';
import { LastSeen } from './state-directory.ts';
import type { Terminal } from './terminal.ts';
import { durationOf, goalOf, inventoryTyped, type WatchOptions } from './watch-options.ts';
import { Watching } from './watching.ts';

export async function watch(terminal: Terminal, options: WatchOptions): Promise<number> {
  const inventory = await loadInventory(terminal, options);
  const cluster = chooseCluster(inventory, options);
  const goal = options.until === undefined ? undefined : goalOf(cluster, options.until);
  const timeout = options.timeout === undefined ? undefined : durationOf(options.timeout, '--timeout', seconds(1));
  const rules = rulesOf(cluster, options);
  const typed = inventoryTyped(options);
  const view = viewFor(terminal, options, { cluster: cluster.name, interval: rules.interval, typed });
  const site = makeSite(cluster);
  const interrupt = onInterrupt(() => undefined);
  const timer = setInterval(() => view.tick(site.clock.now()), 1000);
  try {
    const lastSeen = await LastSeen.open(terminal, inventory.file, cluster.name);
    const watching = new Watching({ site, cluster, inventory: inventory.file, rules, view, typed, lastSeen, terminal });
    const stop = interrupt.stop;
    const ended = await watching.run({ goal, stop, once: options.once === true, timeout });
    view.end();
    if (goal !== undefined && ended.exit === exits.refused) {
      const { monitor } = watching;
      const found = foundInstead(monitor, goal);
      const [next = 'lifeboat status'] = nextCommands(monitor.cluster.is);
      terminal.err(`lifeboat: not ${showGoal(goal)}${timedOut(ended, options)}: ${found}\nHINT: ${next}${typed}\n`);
    }
    return ended.exit;
  } finally {
    clearInterval(timer);
    view.end();
    interrupt.close();
    await site.close();
  }
}

const timedOut = ({ is }: WatchEnded, { timeout }: WatchOptions): string =>
  is === 'timed-out' ? ` within ${timeout ?? ''}` : '';

/** A single look knows no "again": what it hears is what it says. */
function rulesOf(cluster: Cluster, { interval, once }: WatchOptions): MonitorRules {
  const rules = cluster.monitor;
  return {
    ...rules,
    interval: interval === undefined ? rules.interval : durationOf(interval, '--interval', seconds(1)),
    ...(once === true && { downAfter: 1, upAfter: 1, hook: undefined }),
  };
}

function viewFor(
  terminal: Terminal,
  { json, once }: WatchOptions,
  what: { readonly cluster: string; readonly interval: Duration; readonly typed: string },
): MonitorView {
  const { colour, width } = terminal;
  const write = (line: string): void => terminal.out(`${line}\n`);
  if (json === true) return jsonView(write);
  if (once === true) return onceView({ ...what, colour }, width, write);
  const redraws = terminal.interactive && process.stdout.isTTY && terminal.env['TERM'] !== 'dumb';
  return redraws ? tableView({ ...what, colour }, process.stdout) : listingView({ ...what, colour }, write);
}
