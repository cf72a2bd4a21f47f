// What the engine adds to a step: a book of 200 trivial commands over SSH against the bare round trip of the same connection.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { prepare } from '../src/cli/prepare.ts';
import { createRun, journalOf, newRunId } from '../src/cli/run-directory.ts';
import { startRun } from '../src/engine/run.ts';
import { createLab } from '../src/lab/lab.ts';
import type { NodeName } from '../src/ports.ts';
import { seconds } from '../src/time.ts';
import { benchTerminal, median } from './terminal.ts';

const count = 200;

export async function stepOverhead(): Promise<void> {
  const lab = await createLab({ nodes: 2 });
  try {
    const file = join(lab.directory, 'trivial.yaml');
    await writeFile(file, book());
    const terminal = benchTerminal(join(lab.directory, 'state'));
    const prepared = await prepare(terminal, file, { inventory: lab.inventoryFile });
    const { book: bound, plan } = await prepared.plan([]);
    const run = newRunId('trivial', new Date());
    const directory = await createRun(terminal, run, {});
    const began = new Map<string, number>();
    const took: number[] = [];
    const hands: number[] = [];
    let handed = 0;
    const end = await startRun(
      bound,
      { run, plan, told: [], version: 'bench', options: { yes: true, acceptLoss: null } },
      {
        site: prepared.site,
        ledger: journalOf(directory),
        person: undefined,
        stop: new AbortController().signal,
        lastSeen: () => undefined,
        takeOver: false,
        tell: news => {
          if (news.is !== 'event') return;
          const { event } = news;
          if (event.e === 'step') began.set(event.step, performance.now());
          if (event.e === 'began') handed = performance.now();
          if (event.e === 'ended') hands.push(performance.now() - handed);
          if (event.e === 'done') took.push(performance.now() - (began.get(event.step) ?? Number.NaN));
        },
      },
    );
    if (end.exit !== 0) throw new Error(`the book ended with ${String(end.exit)}: ${end.why}`);
    const host = prepared.site.host('node1' as NodeName);
    const [floor, warm] = await side(
      () => host.read(['true'], seconds(5)),
      () => host.path('/', seconds(5)),
    );
    await prepared.site.close();
    const step = median(took);
    console.log(
      `step of a book:       median ${step.toFixed(1)} ms over ${String(took.length)} steps, journal fsynced`,
    );
    console.log(
      `of these on the host:  median ${median(hands).toFixed(1)} ms (guard, receipt and command in one round trip)`,
    );
    console.log(
      `the engine by itself: median ${(step - median(hands)).toFixed(1)} ms (planning, binding, journal and its fsync)`,
    );
    console.log(`bare round trip:      median ${floor.toFixed(1)} ms (the same connection runs \`true\`)`);
    console.log(`the same, warm:       median ${warm.toFixed(1)} ms (a question to a shell that stands there already)`);
    console.log(`overhead per step:    ${(step - floor).toFixed(1)} ms, ${(step / floor).toFixed(2)} times the floor`);
    console.log(`against a warm shell: ${(step / warm).toFixed(2)} times`);
  } finally {
    await lab.destroy();
  }
}

/** The medians of two ways, taken by turns: what else this machine does meanwhile hits both. */
async function side(one: () => Promise<unknown>, other: () => Promise<unknown>): Promise<readonly [number, number]> {
  const times: readonly [number[], number[]] = [[], []];
  for (let i = 0; i < 2 * count; i += 1) {
    const start = performance.now();
    await (i % 2 === 0 ? one() : other());
    times[i % 2 === 0 ? 0 : 1].push(performance.now() - start);
  }
  return [median(times[0]), median(times[1])];
}

const book = (): string =>
  `runbook: trivial
title: Two hundred trivial commands
roles: [primary]
steps:
${Array.from({ length: count }, (_, i) => `  - { id: s${String(i)}, action: command, with: { node: primary, argv: ['true'], effect: reads } }`).join('\n')}
`;
