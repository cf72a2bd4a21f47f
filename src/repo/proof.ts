// When a backup was last proven to be what was put there, by what means, and with which result.

import type { Instant } from '../time.ts';
import type { BackupId } from './layout.ts';
import type { ClusterRepository } from './repository.ts';
import { Damage } from './vault.ts';

/** `read`: every block of it and its own WAL; `sample`: some of them; `restore`: it was made a server of. */
export type ProofWay = 'read' | 'sample' | 'restore';

export interface Proof {
  readonly at: Instant;
  readonly how: ProofWay;
  readonly ok: boolean;
  /** What was looked at, or what was found: a sentence for a person. */
  readonly what: string;
  /** When each way last found it well: a sample taken every hour must not hide when it was last read as a whole. */
  readonly well: Readonly<Partial<Record<ProofWay, Instant>>>;
}

/** Puts it in the place of the one before. */
export async function rememberProof(
  repo: ClusterRepository,
  id: BackupId,
  { at, how, ok, what }: Omit<Proof, 'well'>,
): Promise<Proof> {
  const before = await readProof(repo, id);
  const proof: Proof = { at, how, ok, what, well: { ...before?.well, ...(ok && { [how]: at }) } };
  await repo.vault.put(repo.names.proof(id), 'proof', Buffer.from(`${JSON.stringify({ format: 1, ...proof })}\n`));
  // It may have been removed meanwhile, and its proof before this one was put.
  if ((await repo.store.getRange(repo.names.summary(id), 0, 1)) === undefined)
    await repo.store.remove(repo.names.proof(id));
  return proof;
}

/** Undefined where it was never proven, and where the note of it cannot be read: then it is proven anew. */
export async function readProof(repo: ClusterRepository, id: BackupId): Promise<Proof | undefined> {
  try {
    const bytes = await repo.vault.get(repo.names.proof(id), 'proof');
    return bytes && decodeProof(bytes);
  } catch (error) {
    if (error instanceof Damage) return undefined;
    throw error;
  }
}

/** Undefined where a newer Lifeboat wrote it. */
function decodeProof(bytes: Buffer): Proof | undefined {
  const { format, ...proof } = JSON.parse(bytes.toString()) as Proof & { readonly format: number };
  return format === 1 ? proof : undefined;
}
