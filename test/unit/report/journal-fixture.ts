// The journal of a failover, event by event, as the engine writes it.
import type { EventBody, JournalEvent } from '../../../src/engine/events.ts';
import type { ShownPlan } from '../../../src/engine/planned.ts';
import type { News } from '../../../src/engine/running.ts';
import type { Progress } from '../../../src/engine/kinds/kind.ts';
import { wordsOf } from '../../../src/engine/book.ts';
import type { Verdict } from '../../../src/look/check.ts';
import type { ReadyOp } from '../../../src/ops.ts';
import type { Check } from '../../../src/runbook/book-types.ts';
import { type Instant, bytes, ms } from '../../../src/time.ts';
import { at, checks, id, lsn, node, planOf, type Wanted } from './fixture.ts';

export const logFile = '/var/log/postgresql/postgresql-15-main.log';

/** Bodies at seconds after 03:12:45, chained as if they had been read from a file. */
export function journal(bodies: readonly (readonly [number, EventBody])[]): JournalEvent[] {
  return bodies.map(([second, body], i) => ({ seq: i + 1, at: later(second), prev: '0'.repeat(64), ...body }));
}

export const later = (second: number): Instant =>
  new Date(Date.parse(at('03:12:45')) + second * 1000).toISOString() as Instant;

const opOf = (plan: ShownPlan, step: string): ReadyOp =>
  plan.steps.find(one => one.id === step)!.ways[0]!.ops[0]!.op as ReadyOp;

const proven = (check: Check, verdict: Verdict) => ({ check, words: wordsOf(checks, check), verdict });

const promise = (plan: ShownPlan, step: string) => {
  const { promise: all } = plan.steps.find(one => one.id === step)!;
  return all.map(check => {
    const says = (check.with as { says?: string[] }).says ?? [];
    const evidence = says.map((message, i) => ({
      message,
      text: `2026-11-21 03:13:2${String(i)} UTC LOG:  ${message} <as logged & escaped>`,
      file: logFile,
      offset: 10_342 + i * 97,
    }));
    return proven(check, { is: 'holds', found: 'as promised', ...(says.length > 0 && { evidence }) });
  });
};

const shortBook: readonly Wanted[] = [
  {
    id: 'really-down',
    title: 'Make sure that the primary does not answer',
    action: 'wait',
    with: {
      until: { check: 'ready', on: 'node1', with: { is: ['no-response'] } },
      for: 30_000,
      every: 500,
      at_most: 600_000,
    },
  },
  { id: 'fence', title: 'Stop what is left of it', action: 'stop', with: { node: 'node1', modes: ['fast'] } },
  {
    id: 'promote',
    title: 'Promote the standby',
    action: 'promote',
    with: { node: 'node2', instead_of: 'node1' },
    expect: [{ check: 'log', on: node('node2'), with: { says: ['promote-requested', 'new-timeline'] } }],
  },
  { id: 'next', title: 'What to do next', action: 'note', with: { text: 'Take a base backup of node2.' } },
];

/** node1 is frozen, and the book is that of a failover in four steps. */
export const shortPlan = (): Promise<ShownPlan> =>
  planOf(
    {
      node1: { reachable: true, ready: 'no-response', processes: 7, version: 150018 },
      node2: {
        reachable: true,
        ready: 'accepting',
        role: 'standby',
        processes: 6,
        timeline: 1,
        version: 150018,
        received: lsn('0/1A2B3C8'),
        replayed: lsn('0/1A2B3C8'),
        replayPaused: false,
        lastTransaction: at('03:12:43.800'),
        writable: false,
        restoreCommand: '',
      },
    },
    shortBook,
  );

export async function beginning(): Promise<[number, EventBody][]> {
  const plan = await shortPlan();
  const options = { yes: false, acceptLoss: 'unknown' } as const;
  const by = 'anna@ops1';
  const told = [{ on: node('node1'), facts: { processes: 0 } }];
  return [
    [0, { e: 'run', run: 'failover-20261121-0312', by, plan, steps: [], options, told, version: '0.1.0' }],
    [0.1, { e: 'locked', on: [node('node2')], token: 'k1' }],
    [0.2, { e: 'step', step: id('really-down'), mark: null }],
    [0.2, { e: 'way', step: id('really-down'), way: 'only', why: null, loss: null }],
    [0.2, began(plan, 'really-down')],
  ];
}

const began = (plan: ShownPlan, step: string): EventBody => ({
  e: 'began',
  step: id(step),
  n: 0,
  job: `${step}.0`,
  op: opOf(plan, step),
  guard: null,
});
const ended = (step: string, outputs: Record<string, string> = {}, settled = false): EventBody => ({
  e: 'ended',
  step: id(step),
  n: 0,
  outcome: { is: 'done', outputs },
  settled,
});
const done = (step: string): EventBody => ({ e: 'done', step: id(step), is: 'done', why: null });

/** Up to the beginning of the promotion. */
export async function fenced(): Promise<[number, EventBody][]> {
  const plan = await shortPlan();
  const loss = { bytes: 'unknown', time: ms(1200), from: ['node2 received up to 0/1A2B3C8'] } as const;
  return [
    ...(await beginning()),
    [30.2, ended('really-down', { found: 'no-response', waited: '30 s' })],
    [30.2, { e: 'proven', step: id('really-down'), proofs: promise(plan, 'really-down') }],
    [30.2, done('really-down')],
    [30.3, { e: 'step', step: id('fence'), mark: null }],
    [30.3, { e: 'way', step: id('fence'), way: 'only', why: null, loss: null }],
    [30.4, began(plan, 'fence')],
    [36.4, ended('fence', {}, true)],
    [36.5, { e: 'proven', step: id('fence'), proofs: promise(plan, 'fence') }],
    [36.5, done('fence')],
    [
      36.5,
      {
        e: 'step',
        step: id('promote'),
        mark: {
          at: later(36.5),
          nodes: {
            [node('node2')]: {
              log: { file: logFile, inode: 7, offset: 10_300 },
              timeline: 1,
              replayed: lsn('0/1A2B3C8'),
            },
          },
        },
      },
    ],
    [36.6, { e: 'way', step: id('promote'), way: 'only', why: null, loss }],
    [36.6, { e: 'answered', gate: 'commit', loss, answer: 'unknown', by: 'anna@ops1' }],
    [36.6, began(plan, 'promote')],
  ];
}

/** To a good end. */
export async function finished(): Promise<[number, EventBody][]> {
  const plan = await shortPlan();
  const note: ReadyOp = opOf(plan, 'next');
  return [
    ...(await fenced()),
    [36.8, ended('promote')],
    [36.9, { e: 'proven', step: id('promote'), proofs: promise(plan, 'promote') }],
    [36.9, done('promote')],
    [36.9, { e: 'step', step: id('next'), mark: null }],
    [36.9, { e: 'began', step: id('next'), n: 0, job: 'next.0', op: note, guard: null }],
    [37, ended('next', { text: 'Take a base backup of node2.', timeline: '2' })],
    [37, done('next')],
    [37, { e: 'end', exit: 0, why: 'done', hint: null }],
  ];
}

/** The promotion fails, with words of the server that no terminal and no XML should be handed as they are. */
export async function failed(): Promise<[number, EventBody][]> {
  const why = 'node2: exit code 1: \u001b[31mpg_ctl\u0007: <server> did not promote & "gave up"';
  return [
    ...(await fenced()),
    [96.6, { e: 'ended', step: id('promote'), n: 0, outcome: { is: 'failed', found: why }, settled: false }],
    [96.6, { e: 'done', step: id('promote'), is: 'failed', why }],
    [
      96.7,
      {
        e: 'end',
        exit: 11,
        why: `step promote: ${why}`,
        hint: 'what was done: lifeboat report R\nthen: lifeboat resume R',
      },
    ],
  ];
}

export const events = async (bodies: Promise<[number, EventBody][]>): Promise<JournalEvent[]> => journal(await bodies);
export const asNews = (all: readonly JournalEvent[]): News[] => all.map(event => ({ is: 'event', event }));
export const progress = (step: string, what: Progress): News => ({
  is: 'progress',
  step: id(step),
  n: 0,
  progress: what,
});
export const loaded = (done: number, of: number): Progress => ({ is: 'bytes', bytes: bytes(done), of: bytes(of) });
