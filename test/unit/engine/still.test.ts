// How often a run looks: once where nothing was done in between, and anew after every op and before there is no way back.

import { expect, test } from 'vitest';
import type { JournalEvent } from '../../../src/engine/events.ts';
import { startRun } from '../../../src/engine/run.ts';
import { processIn, type World } from '../../../src/drivers/memory.ts';
import type { Site } from '../../../src/ports.ts';
import type { StepId } from '../../../src/runbook/book-types.ts';
import type { Stage } from '../../interruption/support/stage.ts';
import { healthy, lost, failover, steps } from './support.ts';

interface Watched {
  readonly events: readonly JournalEvent[];
  /** Surveys of node2 while each step was in hand. */
  readonly surveys: Readonly<Record<string, number>>;
}

/** Runs it; `hear` is told each event, and may change the world. */
async function watch(
  world: World,
  stage: Stage,
  hear: (event: JournalEvent) => void = () => undefined,
): Promise<Watched> {
  const plan = await stage.prepare();
  const inWorld = processIn(world, { ledger: stage.ledger });
  const events: JournalEvent[] = [];
  const surveys: Record<string, number> = {};
  let step = '';
  const counted: Site = {
    ...inWorld.site,
    host(on) {
      const host = inWorld.site.host(on);
      return {
        ...host,
        survey(within) {
          if (on === 'node2') surveys[step] = (surveys[step] ?? 0) + 1;
          return host.survey(within);
        },
      };
    },
  };
  const options = { yes: true, acceptLoss: 'unknown' as const };
  await startRun(
    stage.book,
    { run: stage.run, plan, options, told: [], version: 'test' },
    {
      site: counted,
      ledger: inWorld.ledger,
      person: undefined,
      takeOver: false,
      stop: new AbortController().signal,
      lastSeen: () => undefined,
      tell(news) {
        if (news.is !== 'event') return;
        if (news.event.e === 'step') step = news.event.step;
        events.push(news.event);
        hear(news.event);
      },
    },
  );
  return { events, surveys };
}

const role = (id: string): string =>
  `  - { id: ${id}, action: note, with: { text: x }, require: [{ check: role, on: standby, is: [standby] }] }`;

test('what the end of a step has seen is enough for the beginning of the next', async () => {
  const world = healthy();
  const { surveys, events } = await watch(
    world,
    steps(
      world,
      [
        '  - { id: set, action: restore-command, with: { node: standby, command: "cp /x/%f %p" } }',
        role('one'),
        role('two'),
      ].join('\n'),
    ),
  );
  expect(events.at(-1)).toMatchObject({ e: 'end', exit: 0 });
  // When the run begins, and after its op; then nothing is done that a survey could show, and a note changes nothing.
  expect(surveys).toEqual({ '': 1, set: 1 });
});

test.each([
  ['action: fence, with: { node: primary }', 'not after a fence', {}],
  ['action: command, with: { node: primary, argv: [odd], effect: final }', 'after any program', { do: 1, two: 1 }],
])('%s: the other node is looked at anew %s', async (what, _when, anew) => {
  const world = lost('killed', { programs: () => ({ code: 0, stdout: '', stderr: '' }) });
  const stop = '  - { id: stop, action: stop, with: { node: primary, modes: [kill] } }';
  const { surveys, events } = await watch(
    world,
    steps(world, [stop, role('one'), `  - { id: do, ${what} }`, role('two')].join('\n')),
  );
  expect(events.at(-1)).toMatchObject({ e: 'end', exit: 0 });
  expect(surveys).toEqual({ '': 1, one: 1, ...anew });
});

test('what happens after it is seen before there is no way back', async () => {
  const world = lost('killed', { nodes: ['node1', 'node2', 'node3'] });
  const stage = failover(world, { bind: { primary: 'node1', standby: 'node2' } });
  const { events } = await watch(world, stage, event => {
    // At the last moment: all before it is done, and its mark is taken.
    if (event.e === 'step' && event.step === ('promote' as StepId))
      Object.assign(world.node('node3'), { role: 'primary', timeline: 2 });
  });
  expect(events.at(-1)).toMatchObject({ e: 'end', exit: 10 });
  expect(world.promotions).toEqual([]);
});
