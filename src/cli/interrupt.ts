// Ctrl-C once: the op in hand is finished and the run can be resumed. Twice: leaves at once.

import { exits } from '../faults.ts';

export interface Interrupt {
  readonly stop: AbortSignal;
  /** Puts the signals back as they were. */
  close(): void;
}

const ofRun = 'finishing what is in hand; once more to leave at once (the run can be resumed either way)';

/** `words`: what is said at the first one. */
export function onInterrupt(say: (text: string) => void, words = ofRun): Interrupt {
  const soft = new AbortController();
  const hear = (): void => {
    if (soft.signal.aborted) process.exit(exits.interrupted);
    soft.abort();
    say(`\n${words}\n`);
  };
  process.on('SIGINT', hear);
  process.on('SIGTERM', hear);
  return {
    stop: soft.signal,
    close() {
      process.off('SIGINT', hear);
      process.off('SIGTERM', hear);
    },
  };
}
