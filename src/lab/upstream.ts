// Who is the primary of a lab now, and who stands by: asked of the servers, for after a failover the first node is it no more.

import { Fault } from '../faults.ts';
import { seconds } from '../time.ts';
import type { Lab } from './lab.ts';
import type { LabNode } from './layout.ts';

/** The first node that says it is a primary. */
export async function primaryOf(lab: Lab): Promise<LabNode> {
  return (await firstThat(lab, 'f')) ?? none('primary', 'say which node is meant: --on node1');
}

/** The first node that says it is a standby. */
export async function standbyOf(lab: Lab): Promise<LabNode> {
  return (await firstThat(lab, 't')) ?? none('standby', 'lifeboat lab up --nodes 2');
}

/** Throws where the node does not run as that. */
export async function mustBe(lab: Lab, node: LabNode, role: 'primary' | 'standby'): Promise<void> {
  const said = await inRecovery(lab, node);
  if (said === (role === 'standby' ? 't' : 'f')) return;
  const found = said === '' ? 'its server does not answer' : `it is a ${said === 't' ? 'standby' : 'primary'}`;
  throw new Fault('refused', `${found}, and this befalls a running ${role}`, {
    on: node.name,
    hint: 'lifeboat status',
  });
}

const inRecovery = (lab: Lab, node: LabNode): Promise<string> =>
  lab.psql(node.name, 'select pg_is_in_recovery()', seconds(5)).catch(() => '');

async function firstThat(lab: Lab, said: 't' | 'f'): Promise<LabNode | undefined> {
  for (const node of lab.nodes) if ((await inRecovery(lab, node)) === said) return node;
  return undefined;
}

function none(role: string, hint: string): never {
  throw new Fault('refused', `no node of the lab is a ${role}`, { hint });
}
