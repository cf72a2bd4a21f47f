// Which database cluster the backups and the WAL of a name belong to: written once, compared by whoever writes.

import { Fault } from '../faults.ts';
import type { Instant } from '../time.ts';
import { Damage } from './damage.ts';
import { readPlain, writePlain } from './plain-json.ts';
import type { ClusterRepository } from './repository.ts';

export interface ClusterIdentity {
  /** Decimal, as IDENTIFY_SYSTEM and pg_controldata tell it. */
  readonly systemId: string;
  /** Of the version: 15. */
  readonly major: number;
  /** Bytes of a WAL segment. */
  readonly segmentSize: number;
  readonly created: Instant;
}

/** Undefined where nothing of this cluster was ever written. Throws {@link Damage} where it cannot be read back. */
export async function identityOf(repo: ClusterRepository): Promise<ClusterIdentity | undefined> {
  const name = repo.names.identity;
  const bytes = await repo.store.get(name);
  if (bytes === undefined) return undefined;
  const { systemId, major, segmentSize, created } = readPlain(bytes, name);
  if (typeof systemId !== 'string' || typeof major !== 'number' || typeof segmentSize !== 'number')
    throw new Damage(name, '"systemId", "major" or "segmentSize" is missing');
  return { systemId, major, segmentSize, created: created as Instant };
}

/**
 * Makes the cluster's name in the repository that of this server, where it is nobody's yet. Throws a Fault `refused` naming both
 * sides where it is another's: WAL of two servers under the same names would spoil each other's.
 *
 * @param who what the identity was read from, for the message: a node, a data directory
 */
export async function claimCluster(
  repo: ClusterRepository,
  own: Omit<ClusterIdentity, 'created'>,
  who: string,
): Promise<ClusterIdentity> {
  const known = await identityOf(repo);
  if (known) return compared(repo, known, own, who);
  const { systemId, major, segmentSize } = own;
  const claimed = { systemId, major, segmentSize, created: repo.clock.now() };
  if (await repo.store.putIfAbsent(repo.names.identity, writePlain(claimed))) return claimed;
  const other = await identityOf(repo);
  if (other === undefined)
    throw new Fault('failed', `"${repo.names.identity}" came and went in ${repo.where}`, { hint: 'try again' });
  return compared(repo, other, own, who);
}

type Compared = keyof Omit<ClusterIdentity, 'created'>;

const differences: readonly {
  readonly field: Compared;
  readonly say: (value: string) => string;
  readonly hint: (cluster: string) => string;
}[] = [
  {
    field: 'systemId',
    say: value => `system identifier ${value}`,
    hint: cluster =>
      `if the server was made anew (initdb, pg_upgrade), give it a name of its own in the inventory, such as ${cluster}-2; the old backups stay`,
  },
  {
    field: 'major',
    say: value => `PostgreSQL ${value}`,
    hint: cluster =>
      `give the upgraded server a name of its own in the inventory, such as ${cluster}-2; the old backups stay`,
  },
  {
    field: 'segmentSize',
    say: value => `WAL segments of ${value} bytes`,
    hint: cluster =>
      `the size was changed with pg_resetwal: give the server a name of its own in the inventory, such as ${cluster}-2`,
  },
];

function compared(
  { where, cluster }: ClusterRepository,
  known: ClusterIdentity,
  own: Omit<ClusterIdentity, 'created'>,
  who: string,
): ClusterIdentity {
  const difference = differences.find(({ field }) => known[field] !== own[field]);
  if (difference === undefined) return known;
  const { field, say, hint } = difference;
  throw new Fault(
    'refused',
    `the repository ${where} keeps cluster "${cluster}" of ${say(String(known[field]))}, and ${who} has ${say(String(own[field]))}`,
    { hint: hint(cluster) },
  );
}
