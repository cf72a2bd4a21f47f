// From words on the command line to a plan: inventory, book, roles, steps, the look at the servers.

import { makeSite } from '../drivers/site.ts';
import type { BoundBook } from '../engine/book.ts';
import { liveLook, type Told } from '../engine/live-look.ts';
import { planBook } from '../engine/plan.ts';
import type { ShownPlan } from '../engine/planned.ts';
import { type Bindings, bindRoles } from '../engine/roles.ts';
import { checks } from '../checks/index.ts';
import { actions } from '../actions/index.ts';
import { Fault } from '../faults.ts';
import type { Look } from '../look/look.ts';
import { feedersFirst } from '../look/upstream.ts';
import type { NodeName, Site } from '../ports.ts';
import type { Keeping } from '../repo/keeping.ts';
import type { Runbook, Step } from '../runbook/book-types.ts';
import { expand } from '../runbook/expand.ts';
import { nearest } from '../runbook/nearest.ts';
import type { Cluster, Inventory } from '../runbook/inventory-types.ts';
import { instant } from '../time.ts';
import { bookFile, loadBook, nestedBooks } from './books.ts';
import { checked, chooseCluster, loadInventory } from './inventory-file.ts';
import { keepingFor } from './keeping.ts';
import { nodeOf, pairs, paramsOf, type RunCommandOptions, toldOf } from './options.ts';
import { LastSeen } from './state-directory.ts';
import type { Terminal } from './terminal.ts';

export interface Prepared {
  readonly inventory: Inventory;
  readonly cluster: Cluster;
  readonly runbook: Runbook;
  readonly site: Site;
  readonly keeping: Keeping | undefined;
  readonly lastSeen: LastSeen;
  readonly told: ReturnType<typeof toldOf>;
  look(): Look;
  /** Looks at the servers and plans; may be done again once the operator has said more. */
  plan(told: ReturnType<typeof toldOf>): Promise<{ readonly book: BoundBook; readonly plan: ShownPlan }>;
}

/** Reads everything first: a mistake in a file is told before any server is asked. */
export async function prepare(terminal: Terminal, name: string, options: RunCommandOptions): Promise<Prepared> {
  // A misspelt name is told before an inventory is missed.
  await bookFile(terminal, name);
  const inventory = await loadInventory(terminal, options);
  const cluster = chooseCluster(inventory, options);
  const site = makeSite(cluster);
  // Only to be there: the handshakes go on while the books are read.
  site.approach();
  try {
    return await prepareAt(terminal, name, options, { inventory, cluster, site });
  } catch (error) {
    await site.close();
    throw error;
  }
}

async function prepareAt(
  terminal: Terminal,
  name: string,
  options: RunCommandOptions,
  { inventory, cluster, site }: Pick<Prepared, 'inventory' | 'cluster' | 'site'>,
): Promise<Prepared> {
  const nodes = cluster.nodes.map(node => node.name);
  const runbook = await loadBook(terminal, name, nodes);
  const given = Object.fromEntries(
    Object.entries(pairs(options.bind, '--bind')).map(([role, node]) => [
      roleOf(runbook, role),
      nodeOf(cluster, node, `--bind ${role}`),
    ]),
  );
  const params = paramsOf(runbook, options);
  const told = toldOf(cluster, options.acceptUnfenced);
  const books = await nestedBooks(terminal, runbook, nodes);
  const onPaper = (bindings: Bindings, order?: readonly NodeName[]): readonly Step[] =>
    checked(
      expand(runbook, {
        params,
        bindings,
        cluster,
        ...(order && { order }),
        books: one => books.get(one),
        env: one => terminal.env[one],
      }),
    );
  const lastSeen = await LastSeen.open(terminal, inventory.file, cluster.name);
  const keeping = keepingFor(terminal, inventory, cluster);
  const started = instant(new Date());
  const look = (said: Told = toldMap(told, site)): Look =>
    liveLook(site, cluster, { started, told: said, lastSeen: lastSeen.of, ...(keeping && { keeping }) });

  // Parameters are checked before any server is asked: with the roles of a guess, since only their names matter here.
  const free = cluster.nodes.map(({ name }) => name).filter(name => !Object.values(given).includes(name));
  const guess = Object.fromEntries(
    runbook.roles.map(role => [role, given[role] ?? free.shift() ?? nodeAt(cluster, 0)]),
  );
  onPaper(guess);

  return {
    inventory,
    cluster,
    runbook,
    site,
    keeping,
    lastSeen,
    told,
    look,
    async plan(said) {
      const now = look(toldMap(said, site));
      const { roles, reasons } = await bindRoles(runbook.roles, now, given);
      // A cascade goes on by itself once the standby that feeds it follows the new primary: that one’s turn comes first.
      const steps = onPaper(roles, await feedersFirst(now));
      const book: BoundBook = {
        name: runbook.name,
        title: runbook.title,
        steps,
        roles,
        reasons,
        cluster,
        inventory: inventory.file,
        actions,
        checks,
        env: one => terminal.env[one],
      };
      const plan = await planBook(book, now);
      await lastSeen.note(now);
      return { book, plan };
    },
  };
}

function roleOf({ name, roles }: Runbook, role: string): string {
  if (roles.includes(role)) return role;
  const close = nearest(role, roles);
  throw new Fault('usage', `--bind: runbook "${name}" has no role "${role}"`, {
    hint: `${close === undefined ? '' : `did you mean ${close}? `}its roles: ${roles.join(', ')}`,
  });
}

const nodeAt = (cluster: Cluster, i: number): NodeName =>
  cluster.nodes[i % cluster.nodes.length]?.name ?? ('' as NodeName);

export const toldMap = (told: ReturnType<typeof toldOf>, site: Pick<Site, 'owner'>): Told =>
  new Map(told.map(({ on, facts }) => [on, { facts, by: site.owner }]));
