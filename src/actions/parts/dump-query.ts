// What a server is asked about itself for a logical backup: PostgreSQL writes the JSON, so names of any kind come out right.

import type { Dump } from '../../look/dump.ts';
import { archiveName } from '../../postgres/commands-dump.ts';
import { quoteLiteral } from '../../postgres/settings.ts';

/** Those that can be dumped: who allows no connections, or was left half-dropped (15 and later), cannot be (pg_dumpall leaves them out, too). */
export const databasesQuery =
  "select datname from pg_database where datallowconn and datconnlimit <> -2 and datname <> 'template0' order by 1";

/** Every file that the server was configured by, wherever they lie: also those that are included. The view tells 16 and later of more than one. */
export const configurationQuery = `select distinct file from (
 select unnest(array[current_setting('config_file'), current_setting('hba_file'), current_setting('ident_file'), current_setting('data_directory') || '/postgresql.auto.conf'])
 union all select sourcefile from pg_file_settings union all select to_jsonb(r) ->> 'file_name' from pg_hba_file_rules r
) files(file) where file is not null order by 1`;

/** How what is in no logical backup comes back (manual 26.1, pg_dumpall). */
const notInHere: Dump['notInHere'] = [
  'replication slots: physical ones are made again by restore-logical, empty; logical ones have lost their place, and whoever reads from one begins anew',
  'ALTER SYSTEM settings: in configuration, with postgresql.auto.conf; those of recovery and of a standby are left out',
  'OIDs: every object gets a new one; large objects keep theirs, and are in the archives',
  'planner statistics: ANALYZE is run',
  'directories of tablespaces: made again, empty, where they were',
  'WAL, timelines and the system identifier: standbys must be rebuilt, and former base backups and WAL belong to the former cluster',
  'databases that allow no connections: listed under leftOut',
];

/** Columns came and went: as JSON one asks for them by name, and gets null where there is none. */
const locale = `jsonb_build_object('encoding', pg_encoding_to_char(d.encoding), 'collate', d.datcollate, 'ctype', d.datctype,
 'provider', coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'), 'locale', coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'),
 'icuRules', to_jsonb(d) ->> 'daticurules')`;

/** One value: {@link Dump} as it stands in backup.json. */
export function dumpQuery(cluster: string, node: string, databases: readonly string[]): string {
  const archives = databases.map(name => `(${quoteLiteral(name)}, ${quoteLiteral(archiveName(name))})`).join(', ');
  const names = databases.map(quoteLiteral).join(', ');
  const list = (query: string): string => `coalesce((${query}), '[]'::jsonb)`;
  const fields: Readonly<Record<keyof Dump, string>> = {
    format: '1',
    made: `to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`,
    cluster: `${quoteLiteral(cluster)}::text`,
    node: `${quoteLiteral(node)}::text`,
    role: `case when pg_is_in_recovery() then 'standby' else 'primary' end`,
    systemId: '(select system_identifier::text from pg_control_system())',
    version: `current_setting('server_version_num')::int`,
    bootstrapRole: '(select rolname from pg_roles where oid = 10)',
    locale: `(select ${locale} from pg_database d where datname = 'template0')`,
    checksums: `current_setting('data_checksums') = 'on'`,
    walSegmentSize: `(select setting::bigint from pg_settings where name = 'wal_segment_size')`,
    groupAccess: `current_setting('data_directory_mode') = '0750'`,
    dataDirectory: `current_setting('data_directory')`,
    configFile: `current_setting('config_file')`,
    databases:
      list(`select jsonb_agg(jsonb_build_object('name', d.datname, 'archive', a.archive, 'bytes', pg_database_size(d.oid)) || ${locale} order by d.datname)
 from pg_database d join (values ${archives}) a(name, archive) on a.name = d.datname`),
    leftOut:
      list(`select jsonb_agg(jsonb_build_object('name', datname, 'why', case when not datallowconn then 'allows no connections' when datconnlimit = -2 then 'half dropped' else 'not there yet when the backup began' end) order by datname)
 from pg_database where datname not in ('template0', ${names})`),
    tablespaces:
      list(`select jsonb_agg(jsonb_build_object('name', spcname, 'directory', pg_tablespace_location(oid), 'bytes', pg_tablespace_size(oid)) order by spcname)
 from pg_tablespace where pg_tablespace_location(oid) like '/%'`),
    slots: list(
      `select jsonb_agg(jsonb_build_object('name', slot_name, 'type', slot_type) order by slot_name) from pg_replication_slots where not temporary`,
    ),
    altered: list(
      `select jsonb_agg(distinct name) from pg_file_settings where sourcefile = current_setting('data_directory') || '/postgresql.auto.conf'`,
    ),
    notInHere: `jsonb_build_array(${notInHere.map(one => `${quoteLiteral(one)}::text`).join(', ')})`,
  };
  const pairs = Object.entries(fields).map(([name, value]) => `'${name}', ${value}`);
  return `select jsonb_pretty(jsonb_build_object(${pairs.join(',\n ')}))`;
}
