// What keeps a drill's cluster from being lost, before anything breaks: a base backup, and a receiver of all WAL from then on.

import { exits, Fault } from '../faults.ts';
import type { Lab } from '../lab/lab.ts';
import { until } from '../lab/probe.ts';
import { startReceiver } from '../lab/receiver.ts';
import { replayed, written } from '../lab/replayed.ts';
import type { Act, Drill } from '../runbook/drill-types.ts';
import type { NodeName } from '../ports.ts';
import { seconds } from '../time.ts';
import { backup } from './backup.ts';
import { program } from './books.ts';
import { tablesOf } from './drill-blow.ts';
import type { Stage } from './drill-stage.ts';
import type { Terminal } from './terminal.ts';

type Repository = NonNullable<Drill['topology']['repository']>;

export async function backUp(terminal: Terminal, lab: Lab, { receiver }: Repository): Promise<void> {
  // Whichever of them the backup is taken from, it has everything that was written before.
  const [home, ...standbys] = lab.nodes;
  if (home) {
    const end = await written(lab, home.name);
    await Promise.all(standbys.map(({ name }) => replayed(lab, name, end)));
  }
  // The result of the drill is its report, so what the backup has to say is talk.
  const talking = {
    ...terminal,
    out: (text: string): void => {
      terminal.err(text);
    },
  };
  const code = await backup(talking, {
    inventory: lab.inventoryFile,
    checkpoint: 'fast',
    wait: true,
    compress: 'none',
  });
  if (code !== exits.ok) throw new Fault('failed', 'the backup before the drill failed');
  if (receiver === 'none') return;
  await startReceiver(lab, program());
  if (receiver === 'synchronous') await waitForReceiver(lab);
}

/** While a runbook takes a backup nobody writes, so that what is there is known: it is what a restore must bring back. */
export async function stillFor(stage: Stage, { note }: Act, primary: NodeName): Promise<void> {
  const { lab, writer, load, counts } = stage;
  await Promise.all([writer.rest(), load.stop()]);
  if (note !== undefined) stage.noted = await lab.psql(primary, note);
  stage.backedUp = {
    tables: counts.tables ? await tablesOf(lab, primary) : undefined,
    rows: await writer.numbers(primary),
  };
}

/** Commits of the first node wait for the receiver, by the name that the inventory gives its slot where it says nothing. */
async function waitForReceiver(lab: Lab): Promise<void> {
  const [node] = lab.nodes;
  if (!node) return;
  await lab.psql(node.name, "alter system set synchronous_standby_names = 'lifeboat'");
  await lab.psql(node.name, 'select pg_reload_conf()');
  const query = "select count(*) from pg_stat_replication where sync_state = 'sync'";
  if (await until(seconds(30), async () => (await lab.psql(node.name, query)) === '1', 50)) return;
  throw new Fault('failed', 'the receiver does not become the synchronous standby', { on: node.name });
}
