// rescue: WAL that only a stopped server has, into the repository: what is kept already is compared, and nothing is written over.

import { Fault } from '../../faults.ts';
import { isSilent } from '../../ports.ts';
import { seconds } from '../../time.ts';
import type { Hand, OpKind, Outcome } from './kind.ts';
import { mustGuard, never } from './must.ts';
import { outcomeOf } from './ran.ts';
import { outcomeOfFault } from './thrown.ts';

export const rescue: OpKind<'rescue'> = {
  name: 'rescue',
  alters: [],
  changes: false,
  again: 'harmless',
  words: ({ source, into }) => ({ verb: 'rescue', text: `${source}/{segments,*.history} that are not kept → ${into}` }),
  async perform(op, hand) {
    if (op.on === 'here') return never('rescue from no node');
    const files = await hand.site.host(op.on).list(op.do.source, seconds(30));
    if (isSilent(files)) return { is: 'unreachable', why: files.silent };
    try {
      return await bring(
        op,
        hand,
        files.map(({ name }) => name),
      );
    } catch (error) {
      return outcomeOfFault(error);
    }
  },
};

type RescueOp = Parameters<(typeof rescue)['perform']>[0];

async function bring(op: RescueOp, hand: Hand, names: readonly string[]): Promise<Outcome> {
  const { site, keeping = never('no repository to bring WAL to'), stop } = hand;
  const rescuing = await keeping.rescue(names, site.owner);
  if (rescuing.wanted.length > 0) {
    const from = { on: op.on === 'here' ? never('rescue from no node') : op.on, directory: op.do.source };
    const ran = await site.fetch(
      {
        from: { ...from, guard: mustGuard(hand.guard) },
        files: rescuing.wanted,
        take: (name, content) => rescuing.take(name, content),
        tell: ({ bytes, of }) => {
          hand.tell({ is: 'bytes', bytes, of });
        },
        stop,
      },
      op.within,
    );
    const outcome = outcomeOf(ran);
    if (outcome.is !== 'done') return outcome;
  }
  const { brought, quarantined } = await rescuing.end();
  if (quarantined.length === 0) return { is: 'done', outputs: { files: String(brought) } };
  throw new Fault('failed', `the repository keeps other bytes under ${quarantined.join(', ')}`, {
    hint: 'nothing was written over: these lie in its quarantine; lifeboat wal status tells, and which of the two is right only you can',
  });
}
