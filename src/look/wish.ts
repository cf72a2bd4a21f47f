// A recovery target as a book's words say it, or what is wrong with them: a value, for it is told with all else that stands in the way.

import { Fault } from '../faults.ts';
import type { Wish } from '../repo/choose.ts';
import { readWish, type WishWords } from '../repo/recovery-wish.ts';

export type WishRead =
  | { readonly is: 'wish'; readonly wish: Wish }
  | { readonly is: 'wrong'; readonly what: string; readonly hint: string | undefined };

export function wishIn(words: WishWords): WishRead {
  try {
    return { is: 'wish', wish: readWish(words) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { is: 'wrong', what: error.message, hint: error.hint };
  }
}

const names = ['to_time', 'to_xid', 'to_lsn', 'to_name', 'to', 'exclusive', 'timeline', 'backup'] as const;

/** Of an action's parameters those that say where to; what says nothing is left out. */
export function wishWords(params: WishWords): WishWords {
  const said = names.flatMap(name => {
    const word = params[name];
    return word === undefined || word === '' || word === false ? [] : [[name, word] as const];
  });
  return Object.fromEntries(said);
}
