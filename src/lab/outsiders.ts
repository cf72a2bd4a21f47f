// What in the databases of a copy would go to other servers: found, and switched off.

import type { Outsiders } from '../postgres/outward.ts';

/** @param ask runs psql in one database after the other, as a superuser */
export async function cutOff(ask: (sql: string) => Promise<string>): Promise<Outsiders> {
  const databases = lines(await ask("select datname from pg_database where datallowconn and datname <> 'template0'"));
  const foreignServers: string[] = [];
  for (const database of databases) {
    const said = await ask(`\\connect -reuse-previous=on "dbname='${conninfoValue(database)}'"\n${mappings}`);
    foreignServers.push(...lines(said).map(name => `${database}: ${name}`));
  }
  return { subscriptions: lines(await ask(subscriptions)), foreignServers };
}

const subscriptions = `select d.datname || ': ' || s.subname from pg_subscription s join pg_database d on d.oid = s.subdbid
  where s.subenabled order by 1`;

/** Without a mapping a query through a foreign server ends before it connects (foreign.c, GetUserMapping). */
const mappings = `select distinct srvname from pg_user_mappings order by 1;
select format('drop user mapping for %s server %I', case umuser when 0 then 'public' else quote_ident(usename) end, srvname)
  from pg_user_mappings \\gexec
`;

/** libpq: quotes and backslashes are escaped (manual 34.1.1.1); psql takes a doubled quote within its own for one. */
const conninfoValue = (text: string): string => text.replaceAll(/['\\]/g, String.raw`\$&`).replaceAll('"', '""');

const lines = (text: string): string[] => text.split('\n').filter(line => line !== '');
