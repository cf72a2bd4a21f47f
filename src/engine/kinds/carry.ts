// carry: files from one node's disk to another's.

import { seconds } from '../../time.ts';
import type { NamedFiles, WalRange } from '../../ops.ts';
import type { Hole } from '../../runbook/book-types.ts';
import { isHole } from '../planned.ts';
import type { Hand, OpKind, OpOf } from './kind.ts';
import { mustGuard, never } from './must.ts';
import { outcomeOf } from './ran.ts';

const shown = (text: string | Hole): string => (isHole(text) ? `‹${text.hole}›` : text);

const whichOf = (files: WalRange<Hole> | NamedFiles): string =>
  'names' in files ? files.names.join(',') : `${shown(files.first)}..${shown(files.last)},*.history`;

export const carry: OpKind<'carry'> = {
  name: 'carry',
  alters: [],
  changes: true,
  again: 'harmless',
  words: ({ from, source, target, files }) => ({
    verb: 'carry',
    text: `${from}:${source}/{${whichOf(files)}} → ${target}`,
  }),
  async perform(op, hand) {
    const { from, source, target } = op.do;
    if (op.on === 'here') return never('carry to no node');
    const files = await filesOf(op, hand);
    if ('silent' in files) return { is: 'unreachable', why: files.silent };
    if (files.names.length === 0)
      return { is: 'failed', found: `${from} has none of this in ${source}: ${whichOf(op.do.files)}` };
    const carried = await hand.site.carry(
      {
        from: { on: from, directory: source, guard: mustGuard(hand.source) },
        to: { on: op.on, directory: target, guard: mustGuard(hand.guard) },
        files: files.names,
      },
      op.within,
      ({ bytes, of }) => {
        hand.tell({ is: 'bytes', bytes, of });
      },
      hand.stop,
    );
    const outcome = outcomeOf(carried);
    return outcome.is === 'done' ? { is: 'done', outputs: { files: String(files.names.length) } } : outcome;
  },
};

async function filesOf({ do: { from, source, files } }: OpOf<'carry'>, { site }: Hand) {
  if ('names' in files) return files;
  const there = await site.host(from).list(source, seconds(30));
  if ('silent' in there) return there;
  return { names: there.map(({ name }) => name).filter(name => isWanted(name, files.first, files.last)) };
}

/** Segments recycled for later use lie behind the end of WAL under names to come: they are not wanted. */
const isWanted = (name: string, first: string, last: string): boolean =>
  /^[0-9A-F]{8}\.history$/.test(name) || (/^[0-9A-F]{24}$/.test(name) && name >= first && name <= last);
