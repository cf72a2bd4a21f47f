// The published JSON Schemas, by name: `schemas/NAME.schema.json` is made of each and compared with it.

import { actions } from '../actions/index.ts';
import { checks } from '../checks/index.ts';
import { faults } from '../lab/faults/index.ts';
import { drillReportSchema } from '../report/drill-report.ts';
import { eventSchema } from '../report/event-schema.ts';
import { watchEventSchema } from '../report/monitor-schema.ts';
import { runReportSchema } from '../report/run-report.ts';
import { statusSchema } from '../report/status-schema.ts';
import { timelinesSchema } from '../report/timelines-data.ts';
import { triageReportSchema } from '../report/triage-report.ts';
import { drillSchema, inventorySchema, runbookSchema } from '../runbook/schemas.ts';

export function schemas(): Record<string, object> {
  const catalogue = { actions, checks, faults };
  return {
    runbook: runbookSchema(catalogue),
    inventory: inventorySchema(),
    drill: drillSchema(catalogue),
    event: eventSchema,
    'watch-event': watchEventSchema,
    report: drillReportSchema,
    'run-report': runReportSchema,
    status: statusSchema,
    triage: triageReportSchema,
    timelines: timelinesSchema,
  };
}
