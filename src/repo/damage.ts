// What is in the repository and is not what was put there.

import type { StoreName } from './store.ts';

/** What a thing is, written in its first bytes so that one put under another's name is noticed. */
export type ObjectKind =
  'backup' | 'files' | 'manifest' | 'pack' | 'segment' | 'history' | 'index' | 'partial' | 'proof';

/** Something in the repository is not what was put there. */
export class Damage extends Error {
  override readonly name = 'Damage';
  readonly object: StoreName;

  constructor(object: StoreName, what: string) {
    super(`${object}: ${what}`);
    this.object = object;
  }
}
