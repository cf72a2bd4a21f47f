// A plan beside the run that carried it out: steps that went as foreseen, and those that did not.

import { expect, it } from 'vitest';
import { forecastKept } from '../../../src/report/forecast-kept.ts';
import { events, failed, finished } from './journal-fixture.ts';

it('has nothing to say of a run that was not begun', () => {
  expect(forecastKept([])).toBeNull();
});

it('says that all went as the plan had said', async () => {
  const kept = forecastKept(await events(finished()));
  expect(kept).toMatchObject({ steps: 4, asForeseen: 4, otherwise: [], notNeeded: 0 });
  expect(kept?.commands).toBeGreaterThan(2);
});

it('names what went otherwise, and what was not come to', async () => {
  const kept = forecastKept(await events(failed()));
  expect(kept?.otherwise).toEqual(['promote: foreseen to be done, failed', 'next: foreseen to be done, waiting']);
  expect(kept).toMatchObject({ steps: 4, asForeseen: 2 });
});
