// standby-settings: the one that becomes a standby has no smaller limits than the one that becomes its primary.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import type { Known } from '../look/facts.ts';
import { mapKnown } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import type { NodeName } from '../ports.ts';
import { node } from '../runbook/vocabulary.ts';

/** With a smaller one than its primary's hot standby pauses replay (14 and later) or the server does not start (13; manual 26.4.3). */
const limits = [
  'max_connections',
  'max_worker_processes',
  'max_wal_senders',
  'max_prepared_transactions',
  'max_locks_per_transaction',
];

// As its next start makes them: a changed line waits in the file, and its last one counts; a line taken away leaves the default.
const query = `select name, setting, case when not pending_restart then setting else coalesce(
 (select f.setting from pg_file_settings f where f.name = s.name order by f.seqno desc limit 1), boot_val) end
 from pg_settings s where name in ('wal_level', 'hot_standby', ${limits.map(name => `'${name}'`).join(', ')})`;

type Settings = ReadonlyMap<string, { readonly now: string; readonly next: string }>;

export const standbySettings = checkKind({
  name: 'standby-settings',
  summary:
    'The server can become the hot standby of another: its limits are not below the other’s, and wal_level is replica or logical',
  params: Type.Object({ like: node({ description: 'The one that becomes the primary' }) }),
  example: '{ check: standby-settings, on: primary, like: standby }',
  words: (on, { like }) => `the settings of ${on} let it be a standby of ${like}`,
  async test(on, { like }, look): Promise<Verdict> {
    const own = await settingsOf(look, on);
    if (own.is === 'later' || own.is === 'silent') return own;
    const theirs = await settingsOf(look, like);
    if (theirs.is === 'later' || theirs.is === 'silent') return theirs;
    const wrong = [
      ...limits.flatMap(name => below(name, own.value, theirs.value, like)),
      ...[own, theirs].flatMap(({ value }, i) => level(value, i === 0 ? on : like)),
      ...(own.value.get('hot_standby')?.next === 'off' ? ['hot_standby is off'] : []),
    ];
    if (wrong.length === 0) return { is: 'holds', found: `${String(limits.length)} limits suffice` };
    return {
      is: 'fails',
      expected: `limits no lower than on ${like}, wal_level replica or logical, hot_standby on`,
      found: wrong.join('; '),
      hint: `change them in postgresql.conf of ${on}; they count from its next start, which the switchover makes`,
    };
  },
  forecast: () => ({}),
});

async function settingsOf(look: Look, on: NodeName): Promise<Known<Settings>> {
  const rows = await look.rows(on, query);
  return mapKnown(rows, all => new Map(all.map(([name = '', now = '', next = '']) => [name, { now, next }])));
}

function below(name: string, own: Settings, theirs: Settings, like: NodeName): string[] {
  const [mine, other] = [own.get(name)?.next ?? '0', theirs.get(name)?.now ?? '0'];
  return Number(mine) < Number(other) ? [`${name} is ${mine}, on ${like} ${other}`] : [];
}

function level(settings: Settings, of: NodeName): string[] {
  const value = settings.get('wal_level')?.next ?? '';
  return value === 'replica' || value === 'logical' ? [] : [`wal_level on ${of} is ${value}`];
}
