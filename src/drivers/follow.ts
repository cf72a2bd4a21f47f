// Tells what a job prints while it still runs: asks for the growth of its output files, for a job has no pipe that a cut could break.

import type { JobId, TellOutput } from '../ports.ts';
import { bytes, seconds } from '../time.ts';
import { exec } from './exec.ts';
import { newMark, sections } from './frames.ts';
import type { JobHands } from './job-hands.ts';
import { followScript } from './scripts/job.ts';
import { siteArgs } from './scripts/prelude.ts';

/** Most commands end before that, and are then told at once. */
const first = 400;
const every = 500;

export interface Following {
  /** Ends it. `whole`: all of the job's stdout, where it has ended; what was not told yet is told now. */
  stop(whole?: string): Promise<void>;
}

export function follow({ node, shell, redactor }: JobHands, id: JobId, tell: TellOutput): Following {
  const told = { out: 0, err: 0 };
  let asking: Promise<void> = Promise.resolve();
  let stopped = false;
  const ask = async (): Promise<void> => {
    const mark = newMark();
    const args = [...siteArgs(mark, node), id.run, id.op, String(told.out), String(told.err)];
    const done = await exec(
      shell,
      { script: followScript, args, tidy: true },
      { within: seconds(5), cap: bytes(1024 * 1024) },
    );
    if (done.is === 'ended') {
      for (const { name, at, end } of sections(done.stdout, mark)) {
        if (name !== 'out' && name !== 'err') continue;
        const whole = done.stdout.subarray(at, end);
        // Whole lines only, until its end: half a secret would not be recognised as one.
        const lines = stopped
          ? whole
          : whole.subarray(0, Math.max(whole.lastIndexOf(0x0a), whole.lastIndexOf(0x0d)) + 1);
        told[name] += lines.length;
        if (lines.length > 0) tell(redactor.clean(lines.toString()), name);
      }
    }
    if (!stopped) timer = setTimeout(next, every);
  };
  const next = (): void => {
    asking = ask();
  };
  let timer = setTimeout(next, first);
  return {
    async stop(whole) {
      stopped = true;
      clearTimeout(timer);
      await asking;
      if (whole === undefined || whole === '') return;
      // `told` counts bytes on the host: the rest of a long job is asked for there.
      if (told.out === 0) tell(whole, 'out');
      else await ask();
    },
  };
}
