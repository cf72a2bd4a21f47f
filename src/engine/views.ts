// The head of a plan: what each node is now, in a line.

import type { Known } from '../look/facts.ts';
import { valueOf } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import type { NodeName } from '../ports.ts';
import { showLsn } from '../postgres/lsn.ts';
import type { BoundBook } from './book.ts';
import type { NodeView } from './planned.ts';

/** Roles first, in the book's order, then the cluster's other nodes. */
export async function views(book: BoundBook, look: Look): Promise<NodeView[]> {
  const named = Object.entries(book.roles).map(([role, node]) => ({ role, node }));
  const others = book.cluster.nodes
    .filter(({ name }) => !named.some(({ node }) => node === name))
    .map(({ name }) => ({ role: null, node: name }));
  return Promise.all(
    [...named, ...others].map(async ({ role, node }) => {
      const why = role === null ? undefined : book.reasons?.[role];
      return { role, node, words: `${await viewOf(look, node)}${why === undefined ? '' : ` · chosen: ${why}`}` };
    }),
  );
}

async function viewOf(look: Look, on: NodeName): Promise<string> {
  const role = await look.fact(on, 'role');
  if (role.is === 'silent')
    return `${role.unreachable ? 'not reachable' : 'does not answer'}${lastSeen(look, on)} (${role.why})`;
  const told = role.is === 'told' ? ` (told by ${role.by})` : '';
  const timeline = `timeline ${show(await look.fact(on, 'timeline'))}`;
  const ready = valueOf(await look.fact(on, 'ready')) ?? 'unknown';
  switch (valueOf(role)) {
    case 'down':
      return `down${told} · ${timeline}${lastSeen(look, on)}`;
    case 'primary':
      return `primary, ${ready} · ${timeline}, written ${showAt(await look.fact(on, 'written'))}`;
    case 'standby':
      return `standby, ${ready} · ${timeline}, received ${showAt(await look.fact(on, 'received'))}, replayed ${showAt(await look.fact(on, 'replayed'))}`;
    case undefined:
      return 'unknown';
  }
}

function lastSeen(look: Look, on: NodeName): string {
  const seen = look.lastSeen(on);
  return seen === undefined
    ? ''
    : ` · last seen timeline ${String(seen.timeline)}, LSN ${showLsn(seen.lsn)} at ${seen.at.slice(11, 19)} UTC`;
}

const show = (known: Known<number>): string => String(valueOf(known) ?? 'unknown');
const showAt = (known: Known<Parameters<typeof showLsn>[0]>): string => {
  const value = valueOf(known);
  return value === undefined ? 'unknown' : showLsn(value);
};
