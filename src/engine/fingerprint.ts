// Six hex digits that name a plan: what would be done, where, and on which condition; not what was merely seen on the way.

import { createHash } from 'node:crypto';
import { canonical } from './json.ts';
import type { PlannedStep } from './planned.ts';

/** Verdicts, the loss and LSNs seen move on by themselves on a live cluster, so they are no part of it. */
export function fingerprint(book: string, cluster: string, steps: readonly PlannedStep[]): string {
  const essence = steps.map(step => ({
    id: step.id,
    action: step.action,
    happens: step.happens,
    needs: step.needs.map(({ check }) => check),
    ways: step.ways,
    promise: step.promise,
    onFailure: step.onFailure,
  }));
  return createHash('sha256').update(canonical({ book, cluster, essence })).digest('hex').slice(0, 6);
}
