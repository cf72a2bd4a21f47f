// carry: WAL files from one node's disk to another's.

import { seconds } from '../../time.ts';
import type { Hole } from '../../runbook/book-types.ts';
import { isHole } from '../planned.ts';
import type { OpKind } from './kind.ts';
import { mustGuard, never } from './must.ts';
import { outcomeOf } from './ran.ts';

const shown = (text: string | Hole): string => (isHole(text) ? `‹${text.hole}›` : text);

export const carry: OpKind<'carry'> = {
  name: 'carry',
  alters: [],
  changes: true,
  again: 'harmless',
  words: ({ from, source, target, first, last }) => ({
    verb: 'carry',
    text: `${from}:${source}/{${shown(first)}..${shown(last)},*.history} → ${target}`,
  }),
  async perform(op, hand) {
    const { from, source, target, first, last } = op.do;
    if (op.on === 'here') return never('carry to no node');
    const there = await hand.site.host(from).list(source, seconds(30));
    if ('silent' in there) return { is: 'unreachable', why: there.silent };
    const files = there.map(({ name }) => name).filter(name => isWanted(name, first, last));
    if (files.length === 0) return { is: 'failed', found: `${from} has no WAL from ${first} on in ${source}` };
    const carried = await hand.site.carry(
      {
        from: { on: from, directory: source, guard: mustGuard(hand.source) },
        to: { on: op.on, directory: target, guard: mustGuard(hand.guard) },
        files,
      },
      op.within,
      ({ bytes, of }) => {
        hand.tell({ is: 'bytes', bytes, of });
      },
      hand.stop,
    );
    const outcome = outcomeOf(carried);
    return outcome.is === 'done' ? { is: 'done', outputs: { files: String(files.length) } } : outcome;
  },
};

/** Segments recycled for later use lie behind the end of WAL under names to come: they are not wanted. */
const isWanted = (name: string, first: string, last: string): boolean =>
  /^[0-9A-F]{8}\.history$/.test(name) || (/^[0-9A-F]{24}$/.test(name) && name >= first && name <= last);
