// What the servers of a cluster know of tables by name, and how far they have written: asked where one answers, and done without where none does.

import { makeSite, type ReachedSite } from '../drivers/site.ts';
import { isSilent, type NodeName } from '../ports.ts';
import { type Lsn, parseLsn } from '../postgres/lsn.ts';
import type { NamedRelation } from '../repo/relation-names.ts';
import type { Cluster } from '../runbook/inventory-types.ts';
import { seconds } from '../time.ts';

export interface LiveCatalogue {
  readonly node: NodeName;
  readonly isPrimary: boolean;
  readonly timeline: number;
  /** What it has written, or replayed. */
  readonly lsn: Lsn | null;
  readonly databases: ReadonlyMap<number, string>;
  readonly relations: readonly NamedRelation[];
  /** The number of pg_class in each database. */
  readonly classes: ReadonlyMap<number, number>;
}

const within = seconds(30);

/** From the primary, else from a standby, which knows the same; undefined where nobody answers. */
export async function liveCatalogue(cluster: Cluster): Promise<LiveCatalogue | undefined> {
  const site = makeSite(cluster);
  try {
    const seen = await Promise.all(
      cluster.nodes.map(async ({ name }) => {
        const survey = await site.host(name).survey(seconds(10));
        return { name, server: isSilent(survey) || isSilent(survey.server) ? undefined : survey.server };
      }),
    );
    const [best] = seen
      .flatMap(({ name, server }) => (server === undefined ? [] : [{ name, server }]))
      .sort(
        (a, b) => Number(a.server.inRecovery) - Number(b.server.inRecovery) || b.server.timeline - a.server.timeline,
      );
    return best && (await ask(site, best.name, !best.server.inRecovery, best.server.timeline));
  } finally {
    await site.close();
  }
}

async function ask(
  site: ReachedSite,
  node: NodeName,
  isPrimary: boolean,
  timeline: number,
): Promise<LiveCatalogue | undefined> {
  const rows = async (text: string, database?: string): Promise<readonly (readonly string[])[]> => {
    const answer = await site.host(node).rows({ text, ...(database !== undefined && { database }) }, within);
    return answer.is === 'rows' ? answer.rows : [];
  };
  const listed = await rows(databasesSql);
  if (listed.length === 0) return undefined;
  const databases = new Map(listed.map(([oid = '', name = '']) => [Number(oid), name]));
  const relations: NamedRelation[] = [];
  const classes = new Map<number, number>();
  for (const [database, name] of databases) {
    // One that takes no connections gives no rows, and its files stay without names.
    for (const [oid = '', relation = '', schema = '', kind = '', number = '', namespace = ''] of await rows(
      relationsSql,
      name,
    )) {
      if (schema === 'pg_catalog') classes.set(database, Number(number));
      else {
        const [numbers, names] = [
          { oid: Number(oid), number: Number(number), namespace: Number(namespace) },
          { schema, name: relation },
        ];
        relations.push({ database, ...numbers, ...names, kind });
      }
    }
  }
  return { node, isPrimary, timeline, lsn: parseLsn(listed[0]?.[2] ?? '') ?? null, databases, relations, classes };
}

const databasesSql = `select d.oid::text, d.datname,
  coalesce(case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_flush_lsn() end::text, '') from pg_database d`;

const relationsSql = `select c.oid::text, c.relname, n.nspname, c.relkind::text, coalesce(pg_relation_filenode(c.oid), 0)::text, n.oid::text
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.oid >= 16384 and c.relkind in ('r', 'm', 't', 'i', 'S') or c.oid = 'pg_catalog.pg_class'::regclass`;
