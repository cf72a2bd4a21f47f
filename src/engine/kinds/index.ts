// The kinds of op: as many as the union has.

import type { Do, OpName } from '../../ops.ts';
import { ask } from './ask.ts';
import { carry } from './carry.ts';
import { exec } from './exec.ts';
import type { OpKind } from './kind.ts';
import { move } from './move.ts';
import { note } from './note.ts';
import { put } from './put.ts';
import { rescue } from './rescue.ts';
import { restore } from './restore.ts';
import { sql } from './sql.ts';
import { wait } from './wait.ts';

export const kinds: { readonly [K in OpName]: OpKind<K> } = {
  exec,
  sql,
  put,
  move,
  carry,
  rescue,
  restore,
  wait,
  ask,
  note,
};

/** The kind of an op whose own kind the compiler has lost sight of. */
export const kindOfOp = (what: { readonly op: OpName }): OpKind => kinds[what.op] as unknown as OpKind;

export const opWords = (what: Do) => kindOfOp(what).words(what);
