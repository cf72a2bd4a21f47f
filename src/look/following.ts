// Whether a standby gets the WAL of a primary now, from itself or through other standbys; each server on the way says so.

import type { NodeName } from '../ports.ts';
import { type Known, valueOf } from './facts.ts';
import type { Look } from './look.ts';
import { senderOf, wayUp } from './upstream.ts';

export type Following =
  /** `through`: the standbys between the two, in a cascade. */
  | { readonly is: 'following'; readonly through: readonly NodeName[]; readonly timeline: number | undefined }
  | { readonly is: 'not'; readonly found: string }
  | Extract<Known<never>, { is: 'later' | 'silent' }>;

export async function following(look: Look, on: NodeName, primary: NodeName): Promise<Following> {
  const streaming = await look.fact(on, 'streaming');
  if (streaming.is === 'later' || streaming.is === 'silent') return streaming;
  const upstream = valueOf(await look.fact(on, 'upstream')) ?? '';
  const target = upstream === '' ? 'its primary_conninfo names nobody' : `its primary_conninfo names ${upstream}`;
  if (!streaming.value) return { is: 'not', found: `no WAL receiver streams; ${target}` };
  const way = await wayUp(look, on, primary);
  for (const [i, from] of way.slice(1).entries()) {
    const fed = way[i] ?? on;
    const senders = await look.senders(from);
    if (senders.is === 'later' || senders.is === 'silent') return senders;
    const sender = await senderOf(look, { on: fed, from, senders: senders.value });
    if (!sender) return { is: 'not', found: `${from} does not feed ${fed === on ? 'it' : fed}; ${target}` };
    if (sender.state !== 'streaming') return { is: 'not', found: `${from} says: ${sender.state}` };
  }
  const theirs = valueOf(await look.fact(primary, 'timeline'));
  for (const one of way) {
    const own = valueOf(await look.fact(one, 'timeline'));
    const whose = one === on ? '' : `${one} is on `;
    if (own !== theirs)
      return { is: 'not', found: `${whose}timeline ${String(own)}, ${primary} is on ${String(theirs)}` };
  }
  return { is: 'following', through: way.slice(1, -1), timeline: theirs };
}

/** `node2 through node3`. */
export const throughWhom = (primary: NodeName, through: readonly NodeName[]): string =>
  through.length === 0 ? primary : `${primary} through ${through.join(' and ')}`;
