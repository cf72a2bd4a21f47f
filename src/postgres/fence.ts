// A fence that PostgreSQL itself obeys: a line in postgresql.auto.conf that no server starts with.

import { quoteSetting } from './settings.ts';

/**
 * No setting of any version has this name, and one without a dot is no extension's: the server answers "unrecognized
 * configuration parameter" and ends before it opens its data (guc-file.l, 13 to 18). Whoever starts it obeys, an operator's
 * pg_ctl as well as a service manager after a reboot. standby.signal is no such fence: pg_promote() lifts it, and pg_rewind
 * deletes it.
 */
export const fenceName = 'lifeboat_fence';

/** The line itself; `reason` names the run and what the server must not do. */
export const fenceLine = (reason: string): string => `${fenceName} = ${quoteSetting(reason.replaceAll(/\s+/g, ' '))}`;

/** The reason in a line of postgresql.auto.conf, where it is such a line. */
export function fenceReason(line: string): string | undefined {
  const text = /^\s*lifeboat_fence\s*=\s*'(.*)'\s*$/.exec(line)?.[1];
  return text?.replaceAll("''", "'").replaceAll('\\\\', '\\');
}
