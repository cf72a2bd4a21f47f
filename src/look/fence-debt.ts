// A fence that is owed: the host of a former primary did not answer when another node was promoted. What of it is due now?

import type { NodeName } from '../ports.ts';
import { type History, partingOf } from '../postgres/timeline.ts';
import type { Instant } from '../time.ts';
import { type Known, valueOf } from './facts.ts';
import type { Look } from './look.ts';
import { pointsAt } from './upstream.ts';

export interface FenceDebt {
  /** The former primary, which could not be reached. */
  readonly node: NodeName;
  /** The run that left it so. */
  readonly run: string;
  /** What the fence will say to whoever starts the server. */
  readonly reason: string;
  readonly since: Instant;
  /** Who was promoted in its stead, and the timeline that began there. */
  readonly successor: NodeName;
  readonly timeline: number;
}

export type FenceDue =
  /** It cannot be said yet: somebody does not answer. */
  | { readonly is: 'waits'; readonly why: string }
  /** A fence stands, or none is needed any more. */
  | { readonly is: 'paid'; readonly why: string }
  /** The former primary lies there stopped, and would come back as one when somebody starts it. */
  | { readonly is: 'stopped' }
  /** It runs, and is no standby: a second primary. What does not say its role counts as one. */
  | { readonly is: 'runs'; readonly fenced: boolean };

const waits = (why: string): FenceDue => ({ is: 'waits', why });
const paid = (why: string): FenceDue => ({ is: 'paid', why });

/** Looks at the node, and at the others only where the node alone does not tell. */
export async function fenceDue(look: Look, debt: FenceDebt): Promise<FenceDue> {
  const { node } = debt;
  if (valueOf(await look.fact(node, 'reachable')) !== true) return waits(`${node} cannot be reached`);
  const role = valueOf(await look.fact(node, 'role'));
  const fence = valueOf(await look.fact(node, 'fence')) ?? '';
  if (role === 'down' && fence !== '') return paid(`${node} is fenced: ${fence}`);
  const { data } = look.node(node).postgres;
  const directory = valueOf(await look.path(node, data));
  if (directory === 'absent' || directory === 'empty') return paid(`${node} has no data directory to start`);
  // What is stopped, or does not say what it is, is a standby where the file lies that makes it one.
  const signal = role === 'primary' ? undefined : valueOf(await look.path(node, `${data}/standby.signal`));
  if (role === 'standby' || signal === 'full') return paid(`${node} is a standby by now`);
  return (
    (await noLongerThatOne(look, debt)) ?? (role === 'down' ? { is: 'stopped' } : { is: 'runs', fenced: fence !== '' })
  );
}

/** It holds another cluster's data by now, or has been under the successor since it was lost. */
async function noLongerThatOne(look: Look, debt: FenceDebt): Promise<FenceDue | undefined> {
  const { node, successor, timeline } = debt;
  const primary = await primaryBeside(look, debt);
  const [mine, theirs] = [await look.fact(node, 'systemId'), await look.fact(primary, 'systemId')];
  if (mine.is === 'silent') return waits(`${node}: ${mine.why}`);
  if (theirs.is === 'silent') return waits(`${primary} does not answer, and which of the two goes on cannot be seen`);
  if (valueOf(mine) !== valueOf(theirs)) return paid(`${node} holds the data of another cluster`);
  const upstream = valueOf(await look.fact(primary, 'upstream')) ?? '';
  if (pointsAt(upstream, look.node(node))) return paid(`${primary} follows ${node} by now`);
  const [own, way] = [await historyOf(look, node), await historyOf(look, primary)];
  const silent = [own, way].find(one => one.is === 'silent');
  if (silent?.is === 'silent') return waits(`how ${node} and ${primary} parted cannot be seen: ${silent.why}`);
  const [a, b] = [valueOf(own), valueOf(way)];
  // Numbers rise along a way, and that of the primary passes through the timeline which began with the promotion.
  const common = a && b ? (partingOf(a, b)?.timeline ?? 0) : 0;
  return common >= timeline
    ? paid(`${node} has been on timeline ${String(timeline)} of ${successor} since`)
    : undefined;
}

const historyOf = async (look: Look, on: NodeName): Promise<Known<History>> =>
  look.history(on, valueOf(await look.fact(on, 'timeline')) ?? 1);

/** The successor, or who became the primary after it. */
async function primaryBeside(look: Look, { node, successor }: FenceDebt): Promise<NodeName> {
  const others = look.cluster.nodes.map(({ name }) => name).filter(name => name !== node && name !== successor);
  for (const name of [successor, ...others]) if (valueOf(await look.fact(name, 'role')) === 'primary') return name;
  return successor;
}
