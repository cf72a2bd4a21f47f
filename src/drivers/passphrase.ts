// The passphrase or the identity that opens a repository.

import { Fault } from '../faults.ts';
import { ownFile, printed } from './own-file.ts';

/** Where a passphrase lies. */
export type PassphrasePlace =
  { readonly file: string } | { readonly env: string } | { readonly command: readonly string[] };

const missing = 'put it there; without it nothing in the repository can be read';

/** Throws a Fault `refused` where there is none, or others can read it too. */
export const identityIn = (file: string): Promise<string> => ownFile(file, missing);

/** Throws a Fault `refused` where there is none. An empty one counts as none: it would wrap the key for everybody. */
export async function passphraseFrom(
  place: PassphrasePlace,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const [passphrase, where] = await fetched(place, env);
  if (passphrase !== '') return passphrase;
  throw new Fault('refused', `the passphrase in ${where} is empty`, { hint: 'write one there' });
}

async function fetched(
  place: PassphrasePlace,
  env: Readonly<Record<string, string | undefined>>,
): Promise<[passphrase: string, where: string]> {
  if ('file' in place) return [firstLine(await ownFile(place.file, missing)), place.file];
  if ('command' in place) {
    return [firstLine(await printed(place.command, 'passphrase')), `what "${place.command[0] ?? ''}" prints`];
  }
  const value = env[place.env];
  if (value !== undefined) return [value, `$${place.env}`];
  throw new Fault('refused', `the environment has no ${place.env}, where the passphrase of the repository should be`, {
    hint: `read -rs ${place.env} && export ${place.env}`,
  });
}

const firstLine = (text: string): string => text.split(/\r?\n/, 1)[0] ?? '';
