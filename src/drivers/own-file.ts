// Files with secrets: passphrases and identities, read at the last moment and refused where others can read them.

import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { Fault } from '../faults.ts';

/** Where a passphrase lies. */
export type PassphrasePlace =
  { readonly file: string } | { readonly env: string } | { readonly command: readonly string[] };

/** Throws a Fault `refused` where there is none. An empty one counts as none: it would wrap the key for everybody. */
export async function passphraseFrom(
  place: PassphrasePlace,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const [passphrase, where] = await fetched(place, env);
  if (passphrase !== '') return passphrase;
  throw new Fault('refused', `the passphrase in ${where} is empty`, { hint: 'write one there' });
}

/** @param path from the root or from `~/` on. Throws a Fault `refused` where it cannot be read, or others can read it too. */
export async function ownFile(path: string): Promise<string> {
  const file = path.replace(/^~(?=\/)/, homedir());
  try {
    if (((await stat(file)).mode & 0o077) !== 0) {
      throw new Fault('refused', `${file} can be read by others`, { hint: `chmod 0600 ${file}` });
    }
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Fault) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new Fault('refused', `${file}, which opens the repository, cannot be read (${code})`, {
      cause: error,
      hint: code === 'ENOENT' ? 'put it there; without it nothing in the repository can be read' : `ls -l ${file}`,
    });
  }
}

async function fetched(
  place: PassphrasePlace,
  env: Readonly<Record<string, string | undefined>>,
): Promise<[passphrase: string, where: string]> {
  if ('file' in place) return [firstLine(await ownFile(place.file)), place.file];
  if ('command' in place) return [await printed(place.command), `what "${place.command[0] ?? ''}" prints`];
  const value = env[place.env];
  if (value !== undefined) return [value, `$${place.env}`];
  throw new Fault('refused', `the environment has no ${place.env}, where the passphrase of the repository should be`, {
    hint: `read -rs ${place.env} && export ${place.env}`,
  });
}

const firstLine = (text: string): string => text.split(/\r?\n/, 1)[0] ?? '';

function printed([program = '', ...args]: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 30_000, killSignal: 'SIGKILL' }, (error, stdout) => {
      if (!error) resolve(firstLine(stdout));
      // Neither its output nor its arguments are shown: either may hold what nobody should see.
      else
        reject(
          new Fault('refused', `the command "${program}" gave no passphrase (${String(error.code ?? error.signal)})`, {
            hint: 'call it by hand as the user that runs lifeboat',
          }),
        );
    });
  });
}
