// Whether each server's pg_hba.conf has a line for each witness; said once of a node that lacks one.

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { accessSql, accessWarning, type Knock } from '../monitor/host-access.ts';
import type { Host, NodeName, Site } from '../ports.ts';
import type { Cluster, NodeSite } from '../runbook/inventory-types.ts';
import { seconds } from '../time.ts';

const patience = seconds(4);

/** The warning about a node; undefined where every witness has its line, or the server cannot be asked. */
export async function accessLack(site: Site, cluster: Cluster, of: NodeName): Promise<string | undefined> {
  const host = site.host(of);
  const self = cluster.nodes.find(({ name }) => name === of);
  const others = cluster.nodes.filter(({ name }) => name !== of);
  const knocks = await Promise.all([
    ...(self === undefined ? [] : [fromHere(host, self)]),
    ...others.map(witness => fromNode(site, witness)),
  ]);
  const asked = await Promise.all(
    knocks
      .flatMap(knock => (knock === undefined ? [] : [{ knock, answer: fits(host, knock) }]))
      .map(async one => ({
        ...one,
        answer: await one.answer,
      })),
  );
  const missing = asked.filter(({ answer }) => answer?.fits === false);
  const file = missing[0]?.answer?.file;
  return file === undefined
    ? undefined
    : accessWarning(
        of,
        file,
        missing.map(({ knock }) => knock),
      );
}

async function fits(host: Host, { address, user, database }: Knock) {
  const answer = await host.rows({ text: accessSql, values: [address, user, database] }, patience);
  if (answer.is !== 'rows') return undefined;
  const [yes, file = 'pg_hba.conf'] = answer.rows[0] ?? [];
  return { fits: yes !== 'f', file };
}

/** As the node's own sshd sees this machine: which of our addresses leads there, no inventory knows. */
async function fromHere(host: Host, { ssh, postgres }: NodeSite): Promise<Knock | undefined> {
  if (ssh.local === true || ssh.jump !== undefined) return undefined;
  const { user, database } = postgres;
  const said = await host.read(['printenv', 'SSH_CONNECTION'], patience);
  const address = said.is === 'ended' ? said.stdout.split(' ')[0]?.replace(/^::ffff:/, '') : undefined;
  return address === undefined || isIP(address) === 0 ? undefined : { from: 'here', address, user, database };
}

/** By its address for clients: that is also where its own connections come from, on a host with one address. */
async function fromNode(site: Site, { name, postgres }: NodeSite): Promise<Knock | undefined> {
  const [who, address] = await Promise.all([
    site.host(name).read(['id', '-un'], patience),
    isIP(postgres.host) > 0
      ? postgres.host
      : lookup(postgres.host).then(
          ({ address }) => address,
          () => undefined,
        ),
  ]);
  if (who.is !== 'ended' || who.code !== 0 || address === undefined) return undefined;
  const user = who.stdout.trim();
  return { from: name, address, user, database: user };
}
