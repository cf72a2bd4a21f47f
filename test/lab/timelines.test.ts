// The timelines of a real cluster: a failover that lost WAL, then a standby promoted past everybody, with a stray and a damaged file in an archive.

import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makeSite } from '../../src/drivers/site.ts';
import { walPlaces } from '../../src/engine/wal-places.ts';
import { endProcesses } from '../../src/lab/destroy.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { until } from '../../src/lab/probe.ts';
import { promote } from '../../src/lab/promote.ts';
import { startServer, stopServer } from '../../src/lab/server.ts';
import { standbySettings } from '../../src/lab/settings.ts';
import { timelineTree } from '../../src/monitor/timelines.ts';
import { quoteLiteral } from '../../src/postgres/settings.ts';
import { timelinesText } from '../../src/report/timelines-text.ts';
import type { Instant } from '../../src/time.ts';
import { clusterOfLab } from '../support/lab-look.ts';

const megabyte = 1024 ** 2;
const write = (mb: number) => `select pg_logical_emit_message(true, 'lifeboat', repeat('x', ${mb * megabyte}))`;

async function look(lab: Lab) {
  const cluster = clusterOfLab(lab);
  const site = makeSite(cluster);
  try {
    return timelineTree(await walPlaces(site, cluster));
  } finally {
    await site.close();
  }
}

//        node1 ──────────┬───▶ killed: 2 MB that nobody else has
//                        └─ 2 ─ node2 ──┬───▶ primary, 1 MB further
//                                       └─ 3 ─ node3: promoted by hand
test('a failover that lost WAL, then a promotion past everybody', async () => {
  const lab = await createLab({ nodes: 3 });
  try {
    const [node1, node2, node3] = [lab.nodes[0]!, lab.nodes[1]!, lab.nodes[2]!];
    expect(await look(lab)).toMatchObject({
      current: '1',
      roots: [{ name: '1', on: [{ role: 'primary' }, { role: 'standby' }, { role: 'standby' }], children: [] }],
      problems: [],
    });

    await Promise.all([node2, node3].map(node => stopServer(node, lab.programs)));
    await lab.psql('node1', write(2));
    await endProcesses(node1.data);
    await startServer(node2, lab.programs);
    await promote(lab, node2);
    await startServer(node3, lab.programs);
    const toNode2 = quoteLiteral(/'(.*)'/.exec(standbySettings(lab.description, node2))![1]!);
    await lab.psql('node3', `alter system set primary_conninfo = ${toNode2}; select pg_reload_conf()`);
    await lab.streaming(node2.name, 1);
    const after = await look(lab);
    expect(after).toMatchObject({
      current: '2',
      roots: [
        {
          name: '1',
          on: [{ node: 'node1', role: 'down' }],
          children: [
            {
              name: '2',
              reason: 'no recovery target specified',
              on: [
                { node: 'node2', role: 'primary' },
                { node: 'node3', role: 'standby' },
              ],
              beyond: [{ node: 'node1', in: 'server' }],
            },
          ],
        },
      ],
      problems: [],
    });
    const lost = after.roots[0]!.children[0]!.beyond[0]!.bytes;
    expect(lost).toBeGreaterThan(2 * megabyte);
    expect(lost).toBeLessThan(2.1 * megabyte);

    await promote(lab, node3);
    await lab.psql('node2', write(1));
    writeFileSync(`${node1.archive}/00000008.history`, '1\t0/1000000\tno recovery target specified\n');
    writeFileSync(`${node1.archive}/00000009.history`, '1\t0/10');
    const beyond3 = async () => (await look(lab)).roots[0]!.children[0]!.children[0]?.beyond[0]?.bytes ?? 0;
    expect(await until(60_000, async () => (await beyond3()) > megabyte, 100)).toBe(true);
    const last = await look(lab);
    expect(last.current).toBeNull();
    expect(last.roots[0]!.children.map(({ name }) => name)).toEqual(['2', '8']);
    expect(last.roots[0]!.children[0]!.children).toMatchObject([
      { name: '3', on: [{ node: 'node3', role: 'primary' }], beyond: [{ node: 'node2', in: 'server' }] },
    ]);
    expect(last.problems).toEqual([
      { is: 'two-primaries', nodes: ['node2', 'node3'], same: null },
      { is: 'damaged', file: '00000009.history', place: 'node1 archive', why: 'its last line is cut short' },
      { is: 'stray', timeline: 8, file: '00000008.history', places: ['node1 archive'], leads: true },
    ]);
    const at = '2026-11-21T03:12:44.000Z' as Instant;
    const text = timelinesText({ cluster: 'main', at, tree: last }, { width: 80, colour: false });
    expect(text).toContain('└─ 3  from 0/');
    expect(text).toContain('node2 has 1');
    expect(Math.max(...text.split('\n').map(line => line.length))).toBeLessThanOrEqual(80);

    await endProcesses(node1.directory);
    const gone = await look(lab);
    expect(gone.problems).toMatchObject([{ is: 'two-primaries' }, { is: 'unseen', on: 'node1', what: 'the node' }]);
    expect(gone.roots[0]!.on).toEqual([]);
  } finally {
    await lab.destroy();
  }
});
