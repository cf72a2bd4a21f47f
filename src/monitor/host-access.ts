// pg_hba.conf and the monitor: pg_isready from a host that has no line there fills the server's log with FATAL. Pure.

import type { NodeName, Where } from '../ports.ts';

/** How a witness knocks: pg_isready names the user that it runs as, and the database of that name. */
export interface Knock {
  readonly from: Where;
  readonly address: string;
  readonly user: string;
  readonly database: string;
}

/**
 * `$1` address, `$2` user, `$3` database → whether a line lets them in or asks for a password, and the path of the file.
 * What cannot be judged here (a host by its name, a group, a pattern) counts as a line that fits: better no warning than a wrong
 * one. pg_hba_file_rules is of 10 and later, for superusers, and shows the file, also where it was not reloaded yet.
 */
export const accessSql = `
select exists (
  select from pg_catalog.pg_hba_file_rules
  where error is null
    and type like 'host%'
    and (user_name && array['all', $2::text] or exists (select from unnest(user_name) as name where name ~ '^[+/]'))
    and (database && array['all', $3::text] or ('sameuser' = any (database) and $2 = $3)
         or exists (select from unnest(database) as name where name ~ '^[+/]|^same(role|group)$'))
    and case
          when address !~ '^[0-9a-fA-F.:]+$' or netmask is null then true
          when family(address::inet) <> family($1::inet) then false
          else (address::inet & netmask::inet) = ($1::inet & netmask::inet)
        end
), current_setting('hba_file')`;

/** The line that is missing, in the columns of the file. */
export function hostLine({ address, user, database }: Knock): string {
  const mask = address.includes(':') ? '128' : '32';
  return `host  ${quoted(database)}  ${quoted(user)}  ${address}/${mask}  scram-sha-256`;
}

const quoted = (word: string): string => (/^[a-z0-9_]+$/.test(word) && word !== 'all' ? word : `"${word}"`);

/** What is said once of a node. */
export function accessWarning(node: NodeName, file: string, missing: readonly Knock[]): string {
  const witnesses = missing.map(({ from, address }) => `${from} (${address})`).join(' and ');
  const hint = `add to ${file}, then reload:`;
  return [
    `${node}: pg_hba.conf has no line for pg_isready from ${witnesses}: each question leaves a FATAL in the server's log`,
    `HINT: ${hint}`,
    ...missing.map(knock => `      ${hostLine(knock)}`),
  ].join('\n');
}
