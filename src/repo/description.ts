// repository.json: of which format a repository is, its id, and how its key is wrapped; kept twice, for without it nothing encrypted can be read.

import { Fault } from '../faults.ts';
import type { Instant } from '../time.ts';
import { Damage } from './damage.ts';
import type { WrappedKey } from './keys.ts';
import { repositoryCopy, repositoryFile } from './layout.ts';
import { readPlain, writePlain } from './plain-json.ts';
import type { Store, StoreName } from './store.ts';

export interface Description {
  readonly format: 1;
  /** Random; what is encrypted for one repository is of no use in another. */
  readonly id: string;
  readonly created: Instant;
  /** Null: nothing is encrypted. */
  readonly encryption: { readonly cipher: 'AES-256-GCM'; readonly keys: readonly WrappedKey[] } | null;
}

const format = 1;

/** The description and which of its two files are damaged or missing; undefined where there is no repository. Throws a Fault where none of the two can be read. */
export async function readDescription(
  store: Store,
): Promise<{ readonly description: Description; readonly damaged: readonly Damage[] } | undefined> {
  const both = [await read(store, repositoryFile), await read(store, repositoryCopy)];
  const [good] = both.filter(one => one !== undefined && !(one instanceof Damage)) as Description[];
  const damaged = both.filter(one => one instanceof Damage);
  if (good) {
    const missing = both[0] === undefined ? [new Damage(repositoryFile, 'it is missing')] : [];
    return { description: good, damaged: [...missing, ...damaged] };
  }
  const [first] = damaged;
  if (first === undefined) return undefined;
  throw new Fault('refused', `the repository ${store.where} cannot be read: ${first.message}`, {
    cause: first,
    hint: `put back ${repositoryFile} from a copy of the repository; the backups themselves are as they were`,
  });
}

/** Both files. The first one decides. */
export async function writeDescription(store: Store, description: Description): Promise<void> {
  const bytes = writePlain(description);
  await store.put(repositoryFile, bytes);
  await store.put(repositoryCopy, bytes);
}

/** False where there is a repository already. */
export async function createDescription(store: Store, description: Description): Promise<boolean> {
  const bytes = writePlain(description);
  if (!(await store.putIfAbsent(repositoryFile, bytes))) return false;
  await store.put(repositoryCopy, bytes);
  return true;
}

async function read(store: Store, name: StoreName): Promise<Description | Damage | undefined> {
  const bytes = await store.get(name);
  if (bytes === undefined) return undefined;
  try {
    return described(readPlain(bytes, name), store, name);
  } catch (error) {
    if (error instanceof Damage) return error;
    throw error;
  }
}

function described(value: Readonly<Record<string, unknown>>, store: Store, name: StoreName): Description {
  if (value['format'] !== format) {
    const seen = JSON.stringify(value['format']) as string | undefined;
    throw new Fault(
      'refused',
      `the repository ${store.where} has format ${seen ?? 'none'}, and this Lifeboat reads format ${format}`,
      {
        hint: 'a newer Lifeboat wrote it; install that one: lifeboat --version',
      },
    );
  }
  // The checksum fitted, so that a Lifeboat wrote it: what it does not have was never there.
  const { id, created, encryption } = value as unknown as Description;
  if (typeof id !== 'string' || typeof created !== 'string') throw new Damage(name, '"id" or "created" is missing');
  if (encryption !== null && !Array.isArray((encryption as Partial<typeof encryption> | undefined)?.keys))
    throw new Damage(name, '"encryption" is neither null nor has keys');
  return { format, id, created, encryption };
}
