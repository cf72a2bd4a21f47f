// A cluster with everything in it that a logical backup must bring back, and what it holds of that, in words to be compared.

import { run } from '../../src/drivers/process.ts';
import type { Lab, LabNode } from '../../src/lab/lab.ts';
import { seconds } from '../../src/time.ts';
import { fingerprint } from '../../src/lab/fingerprint.ts';

/** Names that break whatever puts them together: blanks, quotes, slashes, an option, a connection string, letters of others. */
export const oddNames = ['two words', `it's "both"`, 'a/b', '--clean', 'host=nowhere', '日本語 ü', '$(touch x)', '..'];

export const ident = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Statements one after the other, as psql's standard input; what it prints, unaligned. */
export async function ask(lab: Lab, node: LabNode, sql: string, database = 'postgres'): Promise<string> {
  const dbname = `dbname='${database.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
  const argv = [`${lab.programs.bin}/psql`, '-XqAt', '-v', 'ON_ERROR_STOP=1', '-U', 'postgres'];
  const at = ['-h', node.socket, '-p', String(node.port), '-d', dbname];
  const ended = await run([...argv, ...at], { as: lab.user.as, stdin: sql, within: seconds(60) });
  if (ended.code !== 0) throw new Error(`${database}: ${ended.stderr.trim() || ended.how}`);
  return ended.stdout.trim();
}

/** @param space directory of a tablespace, where there shall be one */
export async function fill(lab: Lab, node: LabNode, space?: string): Promise<void> {
  await ask(
    lab,
    node,
    `create role alice login password 'geheim' connection limit 7;
     create role "Bob's" nologin; grant "Bob's" to alice; comment on role alice is 'CREATE ROLE postgres;';
     alter role alice set work_mem = '3MB'; alter system set maintenance_work_mem = '33MB'; select pg_reload_conf();
     ${space === undefined ? '' : `create tablespace "far away" owner alice location '${space}';`}`,
  );
  for (const name of oddNames) await ask(lab, node, `create database ${ident(name)} owner alice`);
  await ask(lab, node, 'create database sales template template0 encoding UTF8');
  await ask(
    lab,
    node,
    `alter database sales set statement_timeout = '1h'; alter role alice in database sales set seed = 0`,
  );
  await ask(lab, node, 'create database closed allow_connections false');
  for (const name of [...oddNames, 'postgres', 'template1'])
    await ask(lab, node, `create table t (of text primary key); insert into t values ($q$${name}$q$)`, name);
  await ask(
    lab,
    node,
    `create sequence numbers start 40; select nextval('numbers');
     create table items (n int primary key default nextval('numbers'), what text not null) ${space === undefined ? '' : 'tablespace "far away"'};
     insert into items (what) select md5(i::text) from generate_series(1, 20000) i;
     create index on items (what); create view few as select * from items where n < 50; grant select on few to alice;
     create unlogged table fleeting (n int); create materialized view counted as select count(*) from items;
     create function twice(n int) returns int language plpgsql as $f$ begin return n * 2; end $f$;
     select lo_from_bytea(4711, convert_to(repeat('large object ', 100000), 'UTF8')); comment on large object 4711 is 'kept';
     create publication of_items for table items; analyze;`,
    'sales',
  );
}

/** Everything but what must be another: OIDs, the system identifier. */
export async function holdings(lab: Lab, node: LabNode): Promise<Readonly<Record<string, string>>> {
  const all = await ask(
    lab,
    node,
    "select datname from pg_database where datallowconn and datname <> 'template0' order by 1",
  );
  const found: Record<string, string> = {
    roles: await ask(
      lab,
      node,
      `select a.*, m.roleid::regrole from (select rolname, rolpassword, rolconnlimit, rolcanlogin, rolsuper, shobj_description(oid, 'pg_authid') from pg_authid where rolname !~ '^pg_') a
       left join pg_auth_members m on m.member = quote_ident(a.rolname)::regrole order by 1, m.roleid::regrole::text`,
    ),
    settings: await ask(
      lab,
      node,
      `select coalesce(datname, ''), coalesce(rolname, ''), setconfig from pg_db_role_setting s left join pg_database d on d.oid = setdatabase left join pg_roles r on r.oid = setrole order by 1, 2`,
    ),
    tablespaces: await ask(
      lab,
      node,
      'select spcname, pg_get_userbyid(spcowner), pg_tablespace_location(oid) from pg_tablespace order by 1',
    ),
    databases: await ask(
      lab,
      node,
      `select datname, pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype, datistemplate from pg_database where datallowconn order by 1`,
    ),
    configuration: await ask(
      lab,
      node,
      `select name, setting from pg_settings where source = 'configuration file' and name <> 'primary_conninfo' order by 1`,
    ),
    cluster: await ask(
      lab,
      node,
      `select current_setting('data_checksums'), current_setting('wal_segment_size'), current_setting('data_directory_mode'), (select rolname from pg_roles where oid = 10)`,
    ),
  };
  for (const name of all.split('\n')) {
    found[name] = await fingerprint(sql => ask(lab, node, sql, name));
    found[`${name}: objects`] = await ask(
      lab,
      node,
      `select relkind, relname, pg_get_userbyid(relowner), relacl, relpersistence, (select spcname from pg_tablespace s where s.oid = reltablespace) from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = 'public' order by 1, 2;
       select proname, md5(prosrc) from pg_proc p join pg_namespace n on n.oid = pronamespace where nspname = 'public' order by 1;
       select extname from pg_extension; select pubname from pg_publication;
       select oid, md5(lo_get(oid)), obj_description(oid, 'pg_largeobject') from pg_largeobject_metadata order by 1;
       select schemaname, sequencename, last_value from pg_sequences order by 1, 2`,
      name,
    );
  }
  return found;
}
