// The gate before the commit point: what is lost is reckoned again, after the fence, and a person or an option accepts it.

import { type Loss, showLoss } from '../look/loss.ts';
import { type Bytes, bytes, showBytes } from '../time.ts';
import type { Stop } from './end.ts';
import type { RunOptions } from './events.ts';
import type { Running } from './running.ts';

/** Whether an answer given beforehand covers this loss; unknown is over every budget. */
export function accepts(loss: Loss | null, budget: Bytes, options: RunOptions): 'yes' | 'not asked' | 'too much' {
  const size = loss === null ? bytes(0) : loss.bytes;
  const { acceptLoss, yes } = options;
  const covered = acceptLoss === 'unknown' || (size !== 'unknown' && size <= Math.max(budget, acceptLoss ?? 0));
  if (!covered) return 'too much';
  return yes || acceptLoss !== null ? 'yes' : 'not asked';
}

/** What must be typed to accept it: the size in words that `--accept-loss` takes too. */
export const acceptance = (loss: Loss): string =>
  loss.bytes === 'unknown' ? 'unknown' : showBytes(loss.bytes).replace(' ', '');

/** Passes, or says why not. */
export async function gate(running: Running, loss: Loss | null): Promise<Stop | null> {
  const { person, book } = running.parts;
  const verdict = accepts(loss, book.cluster.objective.rpo, running.state.options);
  const words = loss === null ? 'nothing is lost' : `lost at most: ${showLoss(loss)} (${loss.from.join('; ')})`;
  const passed = async (answer: string, by: string): Promise<null> => {
    await running.add({ e: 'answered', gate: 'commit', loss, answer, by });
    return null;
  };
  if (verdict === 'yes') return passed('accepted beforehand', running.parts.site.owner);
  const typed = verdict === 'too much' && loss !== null ? acceptance(loss) : 'yes';
  if (!person) {
    const option = verdict === 'too much' ? `--accept-loss ${typed}` : '--yes';
    return {
      is: 'waits',
      why: `commit point: ${words}; nobody is there to say yes`,
      hint: `lifeboat resume ${running.state.run} ${option}`,
    };
  }
  const answer = await person.ask(
    `Commit point: from here on there is no way back; ${words}.\nType ${typed} to go on: `,
  );
  if (answer === null) return { is: 'interrupted', why: 'interrupted at the commit point' };
  if (answer.trim() === typed) return passed(answer.trim(), running.parts.site.owner);
  return {
    is: 'refused',
    why: `the answer at the commit point was "${answer.trim()}", not "${typed}"`,
    hint: `lifeboat undo ${running.state.run}`,
  };
}
