// Which part of everything a sample reads: a share after the other, so that in the end nothing was left out.

import type { ClusterRepository } from './repository.ts';
import { Damage } from './vault.ts';

/** Share `number` (from 0 on) of `of`. */
export interface Share {
  readonly number: number;
  readonly of: number;
}

/** The share that comes next, of as many as make up the whole. @param part from 0 to 1: 0.05 makes 20 shares */
export async function nextShare(repo: ClusterRepository, part: number): Promise<Share> {
  const of = Math.max(1, Math.round(1 / part));
  const last = await lastShare(repo);
  return { number: last === undefined ? 0 : (last.number + 1) % of, of };
}

/** After it was read to its end: one that was cut off is read again. */
export async function rememberShare(repo: ClusterRepository, share: Share): Promise<void> {
  await repo.vault.put(repo.names.share, 'proof', Buffer.from(`${JSON.stringify(share)}\n`));
}

async function lastShare(repo: ClusterRepository): Promise<Share | undefined> {
  try {
    const bytes = await repo.vault.get(repo.names.share, 'proof');
    return bytes && (JSON.parse(bytes.toString()) as Share);
  } catch (error) {
    // Then it begins from the first one again.
    if (error instanceof Damage) return undefined;
    throw error;
  }
}

/** Whether a thing belongs to the share; by its name and place, so that it belongs to the same one next time. */
export function isInShare({ number, of }: Share, name: string, offset = 0): boolean {
  // FNV-1a, with a last stir: places of frames differ in their low bits only.
  let hash = 0x811c9dc5;
  const mix = (byte: number): void => {
    hash = Math.imul(hash ^ byte, 0x01000193);
  };
  for (let at = 0; at < name.length; at += 1) mix(name.charCodeAt(at));
  for (let rest = offset; rest > 0; rest = Math.floor(rest / 256)) mix(rest % 256);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) % of === number;
}
