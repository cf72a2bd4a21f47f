// A setting changed with ALTER SYSTEM and put in force: the op that several actions share.

import type { Fact } from '../../look/facts.ts';
import type { Op } from '../../ops.ts';
import type { NodeName } from '../../ports.ts';
import { quoteLiteral } from '../../postgres/settings.ts';
import { seconds } from '../../time.ts';

export interface Change {
  readonly on: NodeName;
  readonly name: 'restore_command' | 'synchronous_standby_names';
  readonly value: string;
  /** What was in force before, to go back to; undefined where it is not known yet. */
  readonly before: string | undefined;
  readonly why?: string;
  /** The value is what the site’s own files say: no line of ours shall stand before theirs any more. */
  readonly reset?: boolean;
}

const alters: Record<Change['name'], Fact> = {
  restore_command: 'restoreCommand',
  synchronous_standby_names: 'synchronousStandbyNames',
};

/**
 * ALTER SYSTEM and a reload. The proof is the setting in force, not the file: a later line in postgresql.conf or a
 * setting on the command line can win over postgresql.auto.conf (manual 20.1.2).
 */
export function alterSystem(change: Change): Op {
  const { on, name, value, before, reset = false } = change;
  const set = reset ? `ALTER SYSTEM RESET ${name}` : `ALTER SYSTEM SET ${name} = ${quoteLiteral(value)}`;
  return {
    do: {
      op: 'sql',
      session: true,
      statements: [{ text: set }, { text: 'SELECT pg_reload_conf()' }],
    },
    on,
    within: seconds(10),
    guard: ['postmaster'],
    done: [{ check: 'setting', on, with: { name, is: value } }],
    alters: [alters[name]],
    undo:
      before === undefined || before === value ? 'free' : [alterSystem({ on, name, value: before, before: undefined })],
    ...(change.why !== undefined && { why: change.why }),
  };
}
