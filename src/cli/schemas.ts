// The published JSON Schemas, by name: `schemas/NAME.schema.json` is made of each and compared with it.

import { actions } from '../actions/index.ts';
import { checks } from '../checks/index.ts';
import { faults } from '../lab/faults/index.ts';
import { drillSchema, inventorySchema, runbookSchema } from '../runbook/schemas.ts';

export function schemas(): Record<string, object> {
  const catalogue = { actions, checks, faults };
  return {
    runbook: runbookSchema(catalogue),
    inventory: inventorySchema(),
    drill: drillSchema(catalogue),
    // The journal's events and the report of a drill are added here, from where they are declared.
  };
}
