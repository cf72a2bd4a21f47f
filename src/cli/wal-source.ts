// The server that WAL is received from: whoever is the primary now, asked anew for each session.

import type { ReachedSite } from '../drivers/site.ts';
import { Fault } from '../faults.ts';
import { isSilent, type NodeName } from '../ports.ts';
import { parseSynchronous } from '../postgres/synchronous.ts';
import type { WalSource } from '../repo/receive.ts';
import { ReceiveRefused } from '../repo/receive-events.ts';
import type { Cluster } from '../runbook/inventory-types.ts';
import { seconds } from '../time.ts';
import { type ReplicationSessions, replicationSessions } from './replication-sessions.ts';

export class WalSources {
  readonly #cluster: Cluster;
  readonly #site: ReachedSite;
  readonly #application: string;
  readonly #sessions = new Map<NodeName, ReplicationSessions>();

  /** @param application what `synchronous_standby_names` calls the receiver */
  constructor(cluster: Cluster, site: ReachedSite, application: string) {
    this.#cluster = cluster;
    this.#site = site;
    this.#application = application;
  }

  /** Throws a Fault `unreachable` where nobody is a primary as yet, and a {@link ReceiveRefused} where commits would wait for ever. */
  async open(): Promise<WalSource> {
    const node = await this.primary();
    await this.#neverApplied(node);
    const sessions = this.#sessions.get(node) ?? replicationSessions(this.#cluster, node);
    this.#sessions.set(node, sessions);
    return { replication: await sessions.open(this.#application), name: node };
  }

  /** Of two that say so the one on the newer timeline: the other was left behind. */
  async primary(): Promise<NodeName> {
    const seen = await Promise.all(
      this.#cluster.nodes.map(async ({ name }) => {
        const survey = await this.#site.host(name).survey(seconds(10));
        const server = isSilent(survey) || isSilent(survey.server) ? undefined : survey.server;
        return { name, server };
      }),
    );
    const primaries = seen
      .filter(({ server }) => server?.inRecovery === false)
      .sort((a, b) => (b.server?.timeline ?? 0) - (a.server?.timeline ?? 0));
    const [found] = primaries;
    if (found) return found.name;
    const states = seen
      .map(({ name, server }) => `${name} ${server === undefined ? 'silent' : 'a standby'}`)
      .join(', ');
    throw new Fault('unreachable', `no node of cluster ${this.#cluster.name} is a primary: ${states}`, {
      hint: 'lifeboat triage',
    });
  }

  /** Whether commits of this node wait for our receiver. */
  async isNamed(node: NodeName): Promise<boolean> {
    return isNamedIn((await this.#settings(node))[0] ?? '', this.#application);
  }

  /**
   * A receiver never applies what it receives: commits that wait for that (`synchronous_commit = remote_apply`) hang for ever
   * where it is a synchronous standby (manual, pg_receivewal, Notes).
   */
  async #neverApplied(node: NodeName): Promise<void> {
    const [names = '', commit = '', own = ''] = await this.#settings(node);
    if (!isNamedIn(names, this.#application) || (commit !== 'remote_apply' && own === '')) return;
    const where =
      commit === 'remote_apply' ? 'synchronous_commit = remote_apply' : `synchronous_commit = remote_apply for ${own}`;
    throw new ReceiveRefused(
      `${where}, and synchronous_standby_names names "${this.#application}": a receiver applies nothing, commits would wait for ever`,
      {
        on: node,
        hint: 'synchronous_commit = on waits until the WAL is durable here, which is as safe; or take the name out',
      },
    );
  }

  async #settings(node: NodeName): Promise<readonly string[]> {
    const answer = await this.#site.host(node).rows({ text: settingsSql }, seconds(10));
    if (answer.is === 'rows') return answer.rows[0] ?? [];
    throw new Fault('unreachable', answer.is === 'error' ? answer.message : 'its settings cannot be asked for', {
      on: node,
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(sessions => sessions.close()));
  }
}

const settingsSql = `select current_setting('synchronous_standby_names'), current_setting('synchronous_commit'),
  coalesce((select string_agg(concat_ws(' in ', 'role ' || coalesce(r.rolname, 'any'), 'database ' || coalesce(d.datname, 'any')), ', ')
    from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole left join pg_database d on d.oid = s.setdatabase
    where 'synchronous_commit=remote_apply' = any(s.setconfig)), '')`;

function isNamedIn(names: string, application: string): boolean {
  const standbys = parseSynchronous(names);
  if (standbys === undefined || standbys === 'none') return false;
  return standbys.names.some(name => name === '*' || name.toLowerCase() === application.toLowerCase());
}
