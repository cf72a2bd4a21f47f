// What each node of a lab says of itself: who takes writes, who streams, and on which timeline.

import type { NodeName } from '../ports.ts';
import { ms, seconds, type Duration } from '../time.ts';
import type { Lab } from './lab.ts';
import { until } from './probe.ts';

export interface RoleSeen {
  readonly node: NodeName;
  /** `down` is whoever does not answer. */
  readonly role: 'primary' | 'standby' | 'down';
  /** Of a primary the one it writes on, of a standby the one it receives; null where there is none. */
  readonly timeline: number | null;
  /** A standby whose WAL receiver streams. */
  readonly streaming: boolean;
}

/** What is undefined may be as it will. */
export interface RolesWanted {
  readonly primary?: string | undefined;
  /** All those that stream on the primary's timeline. */
  readonly standbys?: readonly string[] | undefined;
}

/** pg_control lags behind a promotion until the next checkpoint, so the name of the WAL file in hand tells a primary's timeline. */
const question = `select pg_is_in_recovery(),
    case when pg_is_in_recovery() then (select received_tli from pg_stat_wal_receiver)
         else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end,
    exists (select from pg_stat_wal_receiver where status = 'streaming')`;

/** A frozen server takes connections and does not answer. */
const patience = seconds(3);

export const rolesOf = (lab: Lab): Promise<RoleSeen[]> =>
  Promise.all(
    lab.nodes.map(async ({ name }): Promise<RoleSeen> => {
      const answer = await lab.psql(name, question, patience).catch(() => undefined);
      if (answer === undefined) return { node: name, role: 'down', timeline: null, streaming: false };
      const [recovering, timeline = '', streaming] = answer.split('|');
      return {
        node: name,
        role: recovering === 't' ? 'standby' : 'primary',
        timeline: timeline === '' ? null : Number(timeline),
        streaming: streaming === 't',
      };
    }),
  );

/** Asks again until every node is what is wanted of it, or the deadline has passed; what they said last. */
export async function awaitRoles(lab: Lab, wanted: RolesWanted, within: Duration): Promise<RoleSeen[]> {
  let seen = await rolesOf(lab);
  await until(
    within,
    async () => {
      if (rolesFit(seen, wanted)) return true;
      seen = await rolesOf(lab);
      return rolesFit(seen, wanted);
    },
    ms(100),
  );
  return seen;
}

/** One primary and no other, and whoever is named in the place that was named. */
export const rolesFit = (seen: readonly RoleSeen[], { primary, standbys }: RolesWanted): boolean => {
  const [only, ...others] = seen.filter(({ role }) => role === 'primary');
  return (
    only !== undefined &&
    others.length === 0 &&
    (primary === undefined || only.node === primary) &&
    (standbys === undefined || same(standbysOf(seen), standbys))
  );
};

/** Those that stream on the timeline of a primary. */
export const standbysOf = (seen: readonly RoleSeen[]): NodeName[] => {
  const timelines = seen.filter(({ role }) => role === 'primary').map(({ timeline }) => timeline);
  return seen
    .filter(({ role, streaming, timeline }) => role === 'standby' && streaming && timelines.includes(timeline))
    .map(({ node }) => node);
};

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every(one => b.includes(one));
