// The way from a standby to its primary is cut, while both live and everybody else reaches them.

import { Type } from 'typebox';
import { Fault } from '../../faults.ts';
import { conninfo, parseConninfo } from '../../postgres/connection.ts';
import { quoteLiteral } from '../../postgres/settings.ts';
import { word } from '../../runbook/vocabulary.ts';
import type { Lab } from '../lab.ts';
import type { LabNode } from '../layout.ts';
import { endOfLog, logSays } from '../log.ts';
import { until } from '../probe.ts';
import { processesOf, signal } from '../processes.ts';
import { silence } from '../silence.ts';
import { mustBe } from '../upstream.ts';
import { labFault } from './fault.ts';

export const linkCut = labFault({
  name: 'link-cut',
  summary:
    "the primary's name leads the standby to an address where nobody is: its connection is refused, or not answered",
  befalls: 'standby',
  params: Type.Object(
    {
      mode: Type.Optional(
        word(['refused', 'silent'], {
          default: 'refused',
          description:
            'What the standby meets: refused at once, or silence. A WAL receiver knows no connect_timeout: it waits as long as the kernel does, two minutes, and logs nothing meanwhile',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  example: 'fault: { fault: link-cut, on: node2, with: { mode: silent } }',
  async break(lab, node, { mode }) {
    await mustBe(lab, node, 'standby');
    const address = nobodyAt(node);
    if (mode === 'silent' && !(await silence({ ...node, address }, node.port)))
      throw new Fault('failed', `${address} still answers`, { on: node.name });
    const start = endOfLog(node);
    await change(lab, node, way => ({ ...way, hostaddr: address }));
    if (mode !== 'silent') {
      await logSays(node, start, /Connection refused/);
      return;
    }
    const cut = async () => (await lab.psql(node.name, receivers)) === '0';
    if (!(await until(10_000, cut, 50))) throw new Fault('failed', 'it streams all the same', { on: node.name });
  },
  async heal(lab, node) {
    const listening = processesOf(node.directory).filter(({ command }) => command.includes(`'${nobodyAt(node)}'`));
    for (const { pid } of listening) signal(pid, 'SIGKILL');
    await change(lab, node, ({ hostaddr: _, ...way }) => way);
  },
});

const receivers = "select count(*) from pg_stat_wal_receiver where status = 'streaming'";

/**
 * To cut one connection of many on the loopback interface would take root and a packet filter. To libpq `hostaddr` is what the
 * name `host` was resolved to, so this is a stale entry in /etc/hosts or DNS, which is how most such links are really cut.
 */
async function change(
  lab: Lab,
  node: LabNode,
  way: (parameters: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
): Promise<void> {
  const now = parseConninfo(await lab.psql(node.name, 'show primary_conninfo')) ?? {};
  const changed = quoteLiteral(conninfo(way(now)));
  await lab.psql(node.name, `alter system set primary_conninfo = ${changed}; select pg_reload_conf()`);
}

/** In the lab's own block of addresses, beyond its nodes; each node has its own. */
const nobodyAt = ({ address }: LabNode): string => address.replace(/\d+$/, last => String(Number(last) + 100));
