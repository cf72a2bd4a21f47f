// most-advanced: no other standby is on a later timeline or has received more WAL.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { valueOf } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import type { NodeName } from '../ports.ts';
import { lsnDiff, showLsn } from '../postgres/lsn.ts';
import { word } from '../runbook/vocabulary.ts';
import { bytes, showBytes } from '../time.ts';

export const mostAdvanced = checkKind({
  name: 'most-advanced',
  summary: 'No other standby that answers is on a later timeline, or has received more WAL',
  params: Type.Object({ by: word(['timeline', 'received']) }),
  example: '{ check: most-advanced, on: standby, by: received }',
  words: (on, { by }) =>
    by === 'timeline'
      ? `no other standby is on a later timeline than ${on}`
      : `no other standby received more than ${on}`,
  async test(on, { by }, look): Promise<Verdict> {
    const others: NodeName[] = [];
    for (const { name } of look.cluster.nodes) {
      if (name !== on && valueOf(await look.fact(name, 'role')) === 'standby') others.push(name);
    }
    return by === 'timeline' ? await byTimeline(look, on, others) : await byReceived(look, on, others);
  },
  forecast: () => ({}),
});

async function byTimeline(look: Look, on: NodeName, others: readonly NodeName[]): Promise<Verdict> {
  const own = await look.fact(on, 'timeline');
  if (own.is === 'later' || own.is === 'silent') return own;
  for (const other of others) {
    const theirs = valueOf(await look.fact(other, 'timeline'));
    if (theirs !== undefined && theirs > own.value) {
      return {
        is: 'fails',
        expected: 'the latest timeline of all standbys',
        found: `timeline ${String(own.value)}, and ${other} is on ${String(theirs)}`,
        hint: `choose that one: --bind standby=${other}`,
      };
    }
  }
  return { is: 'holds', found: `timeline ${String(own.value)}` };
}

async function byReceived(look: Look, on: NodeName, others: readonly NodeName[]): Promise<Verdict> {
  const own = await look.fact(on, 'received');
  if (own.is === 'later' || own.is === 'silent') return own;
  // While a primary writes its standbys are never level; what counts then is that this one will have all of it.
  const missing = await look.fact(on, 'missing');
  const level = missing.is === 'promised' && missing.value === 0 ? 16 * 1024 * 1024 : 0;
  for (const other of others) {
    const theirs = valueOf(await look.fact(other, 'received'));
    if (theirs !== undefined && lsnDiff(theirs, own.value) > level) {
      return {
        is: 'fails',
        expected: 'the standby that received most',
        found: `received ${showLsn(own.value)}, and ${other} has ${showBytes(bytes(lsnDiff(theirs, own.value)))} more`,
        hint: `choose that one: --bind standby=${other}`,
      };
    }
  }
  return { is: 'holds', found: `received ${showLsn(own.value)}` };
}
