// wal-level: the server that is restored can start with the node's own configuration, and what it wrote before can be replayed.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { mapKnown, valueOf } from '../look/facts.ts';
import { installation } from '../look/installation.ts';
import type { Look } from '../look/look.ts';
import { wishIn, wishWords } from '../look/wish.ts';
import { wishParams } from '../look/wish-params.ts';
import type { NodeName } from '../ports.ts';
import { pgControldata, postgresSetting } from '../postgres/commands.ts';
import { parseControlData } from '../postgres/control-data.ts';
import { seconds } from '../time.ts';

export const walLevel = checkKind({
  name: 'wal-level',
  summary:
    'wal_level is not minimal: neither in the configuration that a restored server starts with, nor in the WAL up to the target; without a target, nor now',
  params: Type.Object(wishParams),
  example: "{ check: wal-level, on: primary, to_xid: '742', exclusive: true }",
  words: on => `wal_level of ${on} is replica or logical`,
  async test(on, params, look): Promise<Verdict> {
    const [next, former] = [await nextLevel(look, on), await formerLevel(look, on)];
    for (const known of [next, former]) if (known.is === 'later' || known.is === 'silent') return known;
    const wrong = [
      ...(valueOf(next) === minimal ? [tooLow(on)] : []),
      ...(valueOf(former) === minimal ? await standsAgainst(on, params, look) : []),
    ];
    if (wrong.length > 0)
      return {
        is: 'fails',
        expected: 'wal_level replica or logical',
        found: wrong.map(({ found }) => found).join('; '),
        hint: wrong.map(({ hint }) => hint).join('\n'),
      };
    const level = valueOf(next);
    // Lost with the data: that of the backup is looked at with the rest of it.
    return level === undefined
      ? { is: 'absent', why: `no configuration of its own can be read on ${on}` }
      : { is: 'holds', found: level };
  },
  forecast: () => ({}),
});

const minimal = 'minimal';

/** As the next start makes it, whether the server runs or not: also of files that are included, and of a change that waits for a restart. */
const nextLevel = async (look: Look, on: NodeName) =>
  mapKnown(
    await look.read(on, postgresSetting(installation(look.node(on)), 'wal_level'), seconds(20)),
    ({ code, stdout }) => (code === 0 ? stdout.trim() : undefined),
  );

/** With which the server last ran. */
const formerLevel = async (look: Look, on: NodeName) =>
  mapKnown(
    await look.read(on, pgControldata(installation(look.node(on))), seconds(20)),
    ({ stdout }) => parseControlData(stdout)?.walLevel,
  );

/** What is in the repository was not written with it: such a server sends no WAL, and archives none. */
async function standsAgainst(on: NodeName, params: Parameters<typeof wishWords>[0], look: Look): Promise<Wrong[]> {
  const read = wishIn(wishWords(params));
  if (read.is === 'wrong') return [cannotBeFollowed(on)];
  return valueOf(await look.way(read.wish))?.is === 'chosen' ? [] : [cannotBeReplayed(on)];
}

interface Wrong {
  readonly found: string;
  readonly hint: string;
}

/** With max_wal_senders above 0, and a recovery sets it no lower than the primary had, no server starts with minimal (manual 20.5.1). */
const tooLow = (on: NodeName): Wrong => ({
  found: `the configuration of ${on} has wal_level = minimal`,
  hint: `set wal_level = replica in the configuration of ${on} first: with minimal a server that shall feed standbys does not start`,
});

/** "WAL was generated with wal_level=minimal, cannot continue recovering" (xlogrecovery.c), after everything before was replayed. */
const cannotBeReplayed = (on: NodeName): Wrong => ({
  found: `${on} ran with wal_level = minimal, and the target lies in what it wrote then: no recovery replays that`,
  hint: 'go back to a place before that: lifeboat wal status tells up to where WAL is kept',
});

/** Where nothing is to be restored. Its max_wal_senders is 0, for it would not have started with more (manual 20.6.1). */
const cannotBeFollowed = (on: NodeName): Wrong => ({
  found: `${on} ran with wal_level = minimal: no base backup can be taken of it, and no standby follows it`,
  hint: `set wal_level = replica and max_wal_senders above 0 on ${on}, and restart it`,
});
