// The lock on a node: taken, kept fresh and given back through the node's shell.

import type { LockAnswer, LockClaim, Silent } from '../ports.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';
import { type Duration, seconds } from '../time.ts';
import { type Done, exec } from './exec.ts';
import { newMark, type Section, sections } from './frames.ts';
import { heartbeatScript, lockScript, unlockScript } from './scripts/lock.ts';
import { siteArgs } from './scripts/prelude.ts';
import type { Shell } from './shell.ts';
import { readLock } from './survey-read.ts';

export interface LockPlace {
  readonly node: NodeSite;
  readonly shell: Shell;
}

const within: Duration = seconds(10);

export async function takeLock(place: LockPlace, claim: LockClaim): Promise<LockAnswer | Silent> {
  const lines = (['token', 'run', 'owner', 'pid', 'book'] as const).map(
    key => `${key}=${String(claim[key]).replaceAll('\n', ' ')}`,
  );
  const { done, found } = await ask(place, lockScript, [claim.token, claim.replaces ?? '', lines.join('\n')]);
  if (done.is !== 'ended') return silent(done);
  if (found.some(({ name }) => name === 'held')) return { is: 'held' };
  const by = readLock(found.find(({ name }) => name === 'lock'));
  if (by) return { is: 'taken', by };
  // Somebody gave it back in this very moment, or there is no place for one.
  if (found.some(({ name }) => name === 'taken')) return takeLock(place, claim);
  return { silent: `the lock cannot be made: ${done.stderr.toString().trim()}`, unreachable: false };
}

/** False where another holds it by now. */
export async function touchLock(place: LockPlace, token: string): Promise<boolean | Silent> {
  const { done, found } = await ask(place, heartbeatScript, [token]);
  if (done.is !== 'ended') return silent(done);
  return found.some(({ name }) => name === 'held');
}

/** Another's lock is left alone; a host that does not answer keeps it until somebody takes it over. */
export async function dropLock(place: LockPlace, token: string): Promise<void> {
  await ask(place, unlockScript, [token]);
}

async function ask(
  place: LockPlace,
  script: string,
  more: readonly string[],
): Promise<{ done: Done; found: Section[] }> {
  const mark = newMark();
  const done = await exec(
    place.shell,
    { script, args: [...siteArgs(mark, place.node), ...more], tidy: true },
    { within },
  );
  return { done, found: done.is === 'ended' ? sections(done.stdout, mark) : [] };
}

const silent = (done: Exclude<Done, { is: 'ended' }>): Silent => ({
  silent: done.why,
  unreachable: done.is === 'silent',
});
