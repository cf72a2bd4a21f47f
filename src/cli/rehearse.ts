// lifeboat rehearse: carries a book out on a copy of the cluster that is made of its backup on this machine, measures it, and removes the copy.

import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { measuredRun } from '../engine/measured-run.ts';
import { Fault } from '../faults.ts';
import { type Measured, restoreCommandName } from '../monitor/measured.ts';
import { predict } from '../monitor/predict.ts';
import { forecastKept } from '../report/forecast-kept.ts';
import { offLines, type Rehearsal, rehearsalJson, rehearsalText } from '../report/rehearsal-text.ts';
import { takeLease } from '../repo/lease.ts';
import type { Drill } from '../runbook/drill-types.ts';
import { between, instant, ms, showBytes } from '../time.ts';
import { judgeDrill } from './drill-judge.ts';
import type { ActRecord } from './drill-record.ts';
import { runDrill } from './drill-run.ts';
import { onInterrupt } from './interrupt.ts';
import type { InventoryOptions } from './inventory-file.ts';
import { remember, remembered, type Whose } from './measured.ts';
import { type Opened, openForCluster } from './open-repository.ts';
import { planSandbox, type SandboxPlan } from './rehearse-plan.ts';
import { backupSeed, type Grown } from './rehearse-seed.ts';
import { heldTo, loadStory } from './rehearse-story.ts';
import type { Terminal } from './terminal.ts';
import { walOwner } from './wal-repository.ts';

export interface RehearseOptions extends InventoryOptions {
  readonly param?: readonly string[];
  readonly scratch?: string;
  readonly keep?: boolean;
  readonly json?: boolean;
}

/** Exit 0 where all was proven, 13 where something was missed, 4 where it was not begun. */
export async function rehearse(terminal: Terminal, book: string, options: RehearseOptions): Promise<number> {
  const written = await loadStory(terminal, book, options.param);
  const opened = await openForCluster(terminal, options);
  const story = heldTo(written, opened.cluster);
  const parent = resolve(terminal.cwd, options.scratch ?? process.env['LIFEBOAT_TEST_ROOT'] ?? tmpdir());
  const interrupt = onInterrupt(text => terminal.err(text), 'stopping; the sandbox is removed');
  // What is chosen must not be expired before it is brought, nor while the book brings it again.
  const lease = await takeLease(opened.repo, { kind: 'restore' }, walOwner());
  try {
    const sandbox = await planSandbox(opened.repo, story, parent);
    await lease.add([sandbox.chosen.backup.id]);
    const { stop } = interrupt;
    return await inSandbox(terminal, { opened, book, story, sandbox, stop }, options);
  } finally {
    interrupt.close();
    await lease.release();
  }
}

interface Rehearsing {
  readonly opened: Opened;
  readonly book: string;
  readonly story: Drill;
  readonly sandbox: SandboxPlan;
  readonly stop: AbortSignal;
}

async function inSandbox(terminal: Terminal, rehearsing: Rehearsing, options: RehearseOptions): Promise<number> {
  const { opened, book, story, sandbox, stop } = rehearsing;
  const whose: Whose = { inventory: opened.inventory.file, cluster: opened.cluster.name };
  const before = await remembered(terminal, whose);
  announce(terminal, rehearsing);
  let grown: Grown | undefined;
  const seed = backupSeed(sandbox, { terminal, ...opened, stop, grown: how => (grown = how) });
  const { verdict, kept } = await runDrill(
    terminal,
    story,
    {
      synchronous: false,
      keep: options.keep ?? false,
      // As on a real disk: what is measured here is what a restore would take.
      sandbox: { directory: sandbox.directory, seed, settings: { fsync: 'on', ...sandbox.settings.kept } },
    },
    // Of one that was given up nothing is kept.
    record => ({ record, ...judgeDrill(record), ...(stop.aborted && { passed: true }) }),
  ).catch(async (error: unknown) => {
    if (error instanceof Fault && error.code === 'interrupted') throw givenUp();
    throw grown === undefined && isTrouble(error) ? await notMade(terminal, whose, error) : error;
  });
  if (stop.aborted) throw givenUp();
  if (grown === undefined) throw new Error('a sandbox was made and nobody said so');
  const { record, report: drill } = verdict;
  const act = record.acts.findLast(({ act: { runbook } }) => runbook.name === book);
  const measured = measuredOf(book, act, verdict.report.outcome === 'passed');
  await remember(terminal, whose, restoredFrom(sandbox, grown));
  await remember(terminal, whose, measured);
  const parts = measured.parts.flatMap(({ part, bytes }) =>
    part === 'rest' || bytes === null ? [] : [{ part, bytes }],
  );
  const rehearsal: Rehearsal = {
    book,
    cluster: opened.cluster.name,
    backup: {
      id: sandbox.chosen.backup.id,
      taken: sandbox.chosen.backup.stopped,
      size: sandbox.size,
      wal: grown.replayed.bytes,
    },
    sandbox: {
      restored: grown.restored.took,
      replayed: grown.replayed.took,
      off: sandbox.settings.off,
      outsiders: grown.outsiders,
    },
    forecast: forecastKept(act?.events ?? []),
    predicted: predict({ on: 'here', book, parts }, before),
    took: measured.took,
    drill: { ...drill, ...(kept !== null && { kept }) },
  };
  show(terminal, rehearsal, options);
  return drill.exitCode;
}

function announce(terminal: Terminal, { book, opened, sandbox }: Rehearsing): void {
  const { directory, chosen, size, walSize, needed, settings } = sandbox;
  const lines = [
    `rehearsal of ${book} on a copy of cluster ${opened.cluster.name}, which is not touched`,
    `sandbox: ${directory}, of backup ${chosen.backup.id} (${showBytes(size)}) and ${showBytes(walSize)} of WAL; at most ${showBytes(needed)}`,
    ...offLines({ off: settings.off, outsiders: { subscriptions: [], foreignServers: [] } }).map(
      it => `cut off: ${it}`,
    ),
  ];
  terminal.err(`${lines.join('\n')}\n`);
}

function show(terminal: Terminal, rehearsal: Rehearsal, { json }: RehearseOptions): void {
  if (json === true) terminal.out(`${JSON.stringify(rehearsalJson(rehearsal))}\n`);
  else terminal.out(`${rehearsalText(rehearsal, { width: terminal.width, colour: terminal.colour })}\n`);
}

const givenUp = (): Fault => new Fault('interrupted', 'interrupted; the sandbox was removed');

const isTrouble = (error: unknown): error is Fault => error instanceof Fault && error.code === 'failed';

/** No server came of the backup: that is what a rehearsal is there to find. */
async function notMade(terminal: Terminal, whose: Whose, cause: Fault): Promise<Fault> {
  const at = instant(new Date());
  const nothing = { ok: false, on: 'here', took: ms(0), size: null, parts: [] } as const;
  await remember(terminal, whose, { at, what: restoreCommandName, how: 'rehearsal', ...nothing });
  return new Fault('missed', `no server came of the backup: ${cause.message}`, {
    cause,
    hint: cause.hint ?? 'lifeboat verify tells whether the repository is whole',
  });
}

const restoredFrom = ({ size }: SandboxPlan, { at, restored, replayed }: Grown): Measured => ({
  at,
  what: restoreCommandName,
  how: 'rehearsal',
  ok: true,
  on: 'here',
  took: ms(restored.took + replayed.took),
  size,
  parts: [
    { part: 'restore', ...restored },
    { part: 'replay', ...replayed },
  ],
});

/** A run that did not end well says nothing of how long it takes. */
function measuredOf(what: string, act: ActRecord | undefined, ok: boolean): Measured {
  const run = ok ? measuredRun(act?.events ?? []) : undefined;
  const took = act === undefined ? ms(0) : between(act.answer.started, act.answer.ended);
  const plain = { at: instant(new Date()), what, ok, on: 'here', took, size: null, parts: [] };
  return { ...plain, ...run, how: 'rehearsal', on: 'here' };
}
