// How the writer finds the server that takes writes, as an application would, and which timeline that server is on.

import { connect, type Session } from '../drivers/client.ts';
import type { NodeName } from '../ports.ts';
import { ms } from '../time.ts';
import type { Lab } from './lab.ts';
import { applicationUser, database, type LabNode } from './layout.ts';

export interface WriterLink {
  readonly node: NodeName;
  readonly session: Session;
  /** Which timeline of which system: a server takes another one only with all its sessions ended. */
  readonly line: string;
}

/** Short enough that a frozen server costs an application little. */
const toConnect = ms(1000);

/** Whether it takes writes, who it is, and its WAL file in hand, whose name begins with the timeline. */
const question = `select pg_is_in_recovery() or current_setting($1)::bool, (select system_identifier from pg_control_system()),
  case when not pg_is_in_recovery() then pg_walfile_name(pg_current_wal_lsn()) end`;

/** Each node in turn, as a connection string with several hosts and target_session_attrs=read-write does; undefined where none takes writes. */
export async function takesWrites(lab: Lab, password: string, stopped: () => boolean): Promise<WriterLink | undefined> {
  for (const node of lab.nodes) {
    if (stopped()) return undefined;
    const session = await connect(serverOf(node, password), toConnect);
    if ('no' in session) continue;
    const asked = await session.ask(question, ['transaction_read_only'], toConnect);
    const [readOnly, system, segment] = (asked.is === 'done' ? asked.rows[0] : undefined) ?? [];
    if (readOnly === 'f') return { node: node.name, session, line: `${system ?? ''}/${segment?.slice(0, 8) ?? ''}` };
    session.close();
  }
  return undefined;
}

const serverOf = ({ address: host, port }: LabNode, password: string) => ({
  host,
  port,
  user: applicationUser,
  database,
  password,
  application: 'lifeboat writer',
});
