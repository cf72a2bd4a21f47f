// What a book, a drill and an inventory may speak of: handed to the language, which imports none of it.

import { actions } from '../actions/index.ts';
import { checks } from '../checks/index.ts';
import { faults } from '../lab/faults/index.ts';
import { offered } from '../engine/scope.ts';
import type { Catalogue } from '../runbook/catalogue.ts';

export const catalogue: Catalogue = { actions, checks, faults, facts: offered };
export { actions, checks };
