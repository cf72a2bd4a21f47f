// Is it really silent? One witness may sit behind a cut cable, so everyone who can be asked is asked.

import type { NodeName, Where } from '../ports.ts';
import type { Readiness } from '../postgres/isready.ts';
import type { StepId } from '../runbook/book-types.ts';
import type { Look } from './look.ts';

export interface Testimony {
  /** The liveliest answer that anybody got. */
  readonly answer: Readiness;
  readonly from: readonly { readonly witness: Where; readonly answer: Readiness }[];
  /** The step that may change it, while a plan is made. */
  readonly after: StepId | undefined;
}

const liveliness: readonly Readiness[] = ['no-attempt', 'no-response', 'rejecting', 'accepting'];

/** pg_isready of a node, asked from this machine, from the node itself and from every other node that can be asked. */
export async function testimony(look: Look, of: NodeName): Promise<Testimony> {
  const witnesses: Where[] = ['here', ...look.cluster.nodes.map(node => node.name)];
  const answers = await Promise.all(
    witnesses.map(async witness => ({ witness, known: await look.witness(of, witness) })),
  );
  const from = answers.flatMap(({ witness, known }) => ('value' in known ? [{ witness, answer: known.value }] : []));
  const best = Math.max(1, ...from.map(({ answer }) => liveliness.indexOf(answer)));
  const [after] = answers.flatMap(({ known }) => (known.is === 'later' ? [known.after] : []));
  return { answer: liveliness[best] ?? 'no-response', from, after };
}

/** `no-response, asked from here, node2`. */
export function showTestimony({ answer, from }: Testimony): string {
  const differing = from.filter(one => one.answer !== answer);
  const asked = from.map(one => one.witness).join(', ');
  const others = differing.length === 0 ? '' : ` (${differing.map(one => `${one.witness}: ${one.answer}`).join(', ')})`;
  return `${answer}, asked from ${asked === '' ? 'nowhere' : asked}${others}`;
}
