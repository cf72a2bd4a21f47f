// Somebody changes the password of the replication role and tells no standby.

import { Type } from 'typebox';
import { Fault } from '../../faults.ts';
import { quoteLiteral } from '../../postgres/settings.ts';
import type { Lab } from '../lab.ts';
import { replicationUser, type LabNode } from '../layout.ts';
import { endOfLog, logSays } from '../log.ts';
import { mustBe } from '../upstream.ts';
import { labFault } from './fault.ts';

export const passwordWrong = labFault({
  name: 'password-wrong',
  summary: 'the replication role has a new password on the primary: its standbys are turned away',
  params: Type.Object({}, { additionalProperties: false }),
  example: 'fault: { fault: password-wrong, on: node1 }',
  async break(lab, node) {
    await mustBe(lab, node, 'primary');
    const standbys = await streaming(lab, node);
    if (standbys.length === 0) throw new Fault('refused', 'no standby streams from it', { on: node.name });
    const starts = standbys.map(endOfLog);
    await lab.psql(node.name, `${changeTo('Winter2026!')}; ${cutAll}`);
    const refused = /password authentication failed for user/;
    await Promise.all(standbys.map((standby, at) => logSays(standby, starts[at] ?? 0, refused)));
  },
  async heal(lab, node) {
    await lab.psql(node.name, changeTo(lab.password(replicationUser)));
  },
});

/** Nobody is there to wait for while the standbys are turned away. */
const changeTo = (password: string): string =>
  `set synchronous_commit = local; alter role ${replicationUser} password ${quoteLiteral(password)}`;
const cutAll = 'select pg_terminate_backend(pid) from pg_stat_replication';

async function streaming(lab: Lab, primary: LabNode): Promise<LabNode[]> {
  const names = (await lab.psql(primary.name, 'select application_name from pg_stat_replication')).split('\n');
  return lab.nodes.filter(({ name }) => names.includes(name));
}
