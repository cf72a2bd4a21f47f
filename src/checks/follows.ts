// follows: this standby streams from that primary, on its timeline; each of the two says so.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { valueOf } from '../look/facts.ts';
import { senderOf } from '../look/upstream.ts';
import { node } from '../runbook/vocabulary.ts';

export const follows = checkKind({
  name: 'follows',
  summary: 'The standby streams from this server, which has it among its walsenders, and is on its timeline',
  params: Type.Object({
    primary: node({ description: 'The server that it streams from; another standby in a cascade' }),
  }),
  example: '{ check: follows, on: standby, primary: primary }',
  words: (on, { primary }) => `${on} follows ${primary}`,
  async test(on, { primary }, look): Promise<Verdict> {
    const streaming = await look.fact(on, 'streaming');
    if (streaming.is === 'later' || streaming.is === 'silent') return streaming;
    const expected = `streaming from ${primary}`;
    const hint = `the reason stands in the log of ${on}; see also: lifeboat status`;
    const upstream = valueOf(await look.fact(on, 'upstream')) ?? '';
    const target = upstream === '' ? 'its primary_conninfo names nobody' : `its primary_conninfo names ${upstream}`;
    if (!streaming.value) return { is: 'fails', expected, found: `no WAL receiver streams; ${target}`, hint };
    const senders = await look.senders(primary);
    if (senders.is === 'later' || senders.is === 'silent') return senders;
    const sender = await senderOf(look, { on, from: primary, senders: senders.value });
    if (!sender) return { is: 'fails', expected, found: `${primary} does not feed it; ${target}`, hint };
    if (sender.state !== 'streaming') return { is: 'fails', expected, found: `${primary} says: ${sender.state}`, hint };
    const [own, theirs] = [await look.fact(on, 'timeline'), await look.fact(primary, 'timeline')].map(valueOf);
    if (own !== theirs)
      return { is: 'fails', expected, found: `timeline ${String(own)}, ${primary} is on ${String(theirs)}`, hint };
    return { is: 'holds', found: `streaming from ${primary} on timeline ${String(own)}` };
  },
  forecast: () => ({ streaming: { value: true }, role: { value: 'standby' }, upstream: 'later' }),
});
