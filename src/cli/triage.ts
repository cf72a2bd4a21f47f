// lifeboat triage: what is wrong, where that was seen, which book to run, and what it would cost. Changes nothing.

import { makeSite } from '../drivers/site.ts';
import { gather } from '../engine/gather.ts';
import { liveLook } from '../engine/live-look.ts';
import { askedOnce } from '../engine/one-moment.ts';
import { exits } from '../faults.ts';
import type { Look } from '../look/look.ts';
import { lossOf } from '../look/loss.ts';
import type { Finding } from '../monitor/triage/finding.ts';
import { triage as judge } from '../monitor/triage/index.ts';
import { type Diagnosed, type Diagnosis, triageReport } from '../report/triage-report.ts';
import { triageText } from '../report/triage-text.ts';
import { instant } from '../time.ts';
import { chooseCluster, type InventoryOptions, inventoryWords, loadInventory } from './inventory-file.ts';
import { LastSeen } from './state-directory.ts';
import type { Terminal } from './terminal.ts';

/** Exit 0 where there is nothing to do, 4 where there is something. */
export async function triage(
  terminal: Terminal,
  options: InventoryOptions & { readonly json?: boolean },
): Promise<number> {
  const inventory = await loadInventory(terminal, options);
  const cluster = chooseCluster(inventory, options);
  const site = makeSite(cluster);
  try {
    const once = askedOnce(site);
    const evidence = await gather(once, cluster, { options: inventoryWords(options) });
    const lastSeen = await LastSeen.open(terminal, inventory.file, cluster.name);
    const started = instant(new Date());
    const look = liveLook(once, cluster, { started, told: new Map(), lastSeen: lastSeen.of });
    await lastSeen.note(look);
    const findings = await Promise.all(judge(evidence).map(finding => priced(look, finding)));
    const nodes = cluster.nodes.map(({ name }) => name);
    const found: Diagnosis = { cluster: cluster.name, at: evidence.at, nodes, findings };
    if (options.json === true) terminal.out(`${JSON.stringify(triageReport(found))}\n`);
    else terminal.out(`${triageText(found, { width: terminal.width, colour: terminal.colour })}\n`);
    return findings.length === 0 ? exits.ok : exits.refused;
  } finally {
    await site.close();
  }
}

/** What the book would cost, looked for on the disks as the failover's own dry run does. */
async function priced(look: Look, { loses, ...finding }: Finding): Promise<Diagnosed> {
  if (loses === null) return { ...finding, loss: null };
  return { ...finding, loss: loses.is === 'known' ? loses.loss : await lossOf(look, loses.candidate, loses.lost) };
}
