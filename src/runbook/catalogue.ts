// What a book may speak of: the actions, checks and faults that exist. Whoever reads a book hands them in.

import type { TObject } from 'typebox';

/** What all three have in common; an action and a kind of check are ones. */
export interface Described {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly params: TObject;
  /** YAML, as it stands in a book. */
  readonly example: string;
}

export interface Catalogue {
  readonly actions: ReadonlyMap<string, Described>;
  readonly checks: ReadonlyMap<string, Described>;
  readonly faults: ReadonlyMap<string, Described>;
  /** Names of the facts that `nodes.ROLE.FACT` may ask for; any name passes where they are not given. */
  readonly facts?: readonly string[];
}
