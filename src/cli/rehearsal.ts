// One rehearsal: a copy of a cluster is made of its backup on this machine, a book carried out on it, measured and remembered, and the copy removed.

import { measuredRun } from '../engine/measured-run.ts';
import { Fault } from '../faults.ts';
import { type Measured, restoreCommandName } from '../monitor/measured.ts';
import { predict } from '../monitor/predict.ts';
import { forecastKept } from '../report/forecast-kept.ts';
import { offLines, type Rehearsal } from '../report/rehearsal-text.ts';
import { takeLease } from '../repo/lease.ts';
import type { Drill } from '../runbook/drill-types.ts';
import { between, instant, ms, showBytes } from '../time.ts';
import { judgeDrill } from './drill-judge.ts';
import type { ActRecord } from './drill-record.ts';
import { runDrill } from './drill-run.ts';
import { remember, remembered, type Whose } from './measured.ts';
import type { Opened } from './open-repository.ts';
import { planSandbox, type SandboxPlan } from './rehearse-plan.ts';
import { backupSeed, type Grown } from './rehearse-seed.ts';
import type { Terminal } from './terminal.ts';
import { walOwner } from './wal-repository.ts';

export interface Rehearsing {
  readonly opened: Opened;
  readonly book: string;
  readonly story: Drill;
  /** Where the copy's directory is made. */
  readonly parent: string;
  readonly keep: boolean;
  readonly stop: AbortSignal;
  /** What the tables of the copy must be, as `fingerprint` tells it; undefined where nobody has looked. */
  readonly tables?: string | undefined;
}

export interface Rehearsed {
  readonly rehearsal: Rehearsal;
  /** Where the copy was. */
  readonly directory: string;
}

/** Throws a Fault: `refused` where it was not begun, `missed` where no server came of the backup, `interrupted`. */
export async function rehearseBook(terminal: Terminal, rehearsing: Rehearsing): Promise<Rehearsed> {
  const { opened, story, parent } = rehearsing;
  // What is chosen must not be expired before it is brought, nor while the book brings it again.
  const lease = await takeLease(opened.repo, { kind: 'restore' }, walOwner());
  try {
    const sandbox = await planSandbox(opened.repo, story, parent);
    await lease.add([sandbox.chosen.backup.id]);
    return { rehearsal: await inSandbox(terminal, rehearsing, sandbox), directory: sandbox.directory };
  } finally {
    await lease.release();
  }
}

async function inSandbox(terminal: Terminal, rehearsing: Rehearsing, sandbox: SandboxPlan): Promise<Rehearsal> {
  const { opened, book, story, stop, keep, tables } = rehearsing;
  const whose: Whose = { inventory: opened.inventory.file, cluster: opened.cluster.name };
  const before = await remembered(terminal, whose);
  announce(terminal, rehearsing, sandbox);
  let grown: Grown | undefined;
  const seed = backupSeed(sandbox, { terminal, ...opened, stop, grown: how => (grown = how) });
  const { verdict, kept } = await runDrill(
    terminal,
    story,
    {
      synchronous: false,
      keep,
      sandbox: {
        directory: sandbox.directory,
        seed,
        // As on a real disk: what is measured here is what a restore would take.
        settings: { fsync: 'on', ...sandbox.settings.kept },
        tables,
      },
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
  return {
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
}

function announce(terminal: Terminal, { book, opened }: Rehearsing, sandbox: SandboxPlan): void {
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
