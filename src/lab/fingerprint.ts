// What a database holds, in few words: each table with the number of its rows and a sum over them.

/**
 * A line for each table, in their order. Temporary tables and PostgreSQL's own are left out, and the schemas named.
 *
 * @param ask runs SQL and gives what psql prints, unaligned
 */
export async function fingerprint(
  ask: (sql: string) => Promise<string>,
  without: readonly string[] = [],
): Promise<string> {
  const others = without.map(schema => ` and nspname <> '${schema}'`).join('');
  const tables = await ask(
    `select format('%I.%I', nspname, relname) from pg_class c join pg_namespace n on n.oid = relnamespace
     where relkind = 'r' and nspname !~ '^pg_|^information_schema$'${others} order by 1`,
  );
  const sums = tables
    .split('\n')
    .filter(table => table !== '')
    .map(
      table =>
        `select '${table} ' || count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) from ${table} t`,
    );
  return sums.length === 0 ? '' : ask(sums.join(' union all '));
}

/** The tables that are not the same in both. */
export function differing(before: string, after: string): string[] {
  const [one, other] = [before, after].map(text => new Map(text.split('\n').map(line => [line.split(' ')[0], line])));
  const names = [...new Set([...(one?.keys() ?? []), ...(other?.keys() ?? [])])];
  return names.filter(name => one?.get(name) !== other?.get(name)).map(name => name ?? '');
}
