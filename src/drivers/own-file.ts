// Secrets of a file or of a command: read at the last moment, and a file that others can read is refused.

import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { Fault } from '../faults.ts';

/** `~/` at its beginning stands for the home directory, which neither Node nor libpq knows. */
export const fromHome = (path: string): string => path.replace(/^~(?=\/)/, homedir());

/**
 * As libpq does with a password file (fe-connect.c, passwordFromFile), one that others can read is not used.
 * Throws a Fault `refused`. `missing`: what it means that there is none.
 */
export async function ownFile(path: string, missing: string): Promise<string> {
  const file = fromHome(path);
  try {
    if (((await stat(file)).mode & 0o077) !== 0) {
      throw new Fault('refused', `${file} can be read by others`, { hint: `chmod 0600 ${file}` });
    }
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Fault) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new Fault('refused', `${file} cannot be read (${code})`, {
      cause: error,
      hint: code === 'ENOENT' ? missing : `ls -l ${file}`,
    });
  }
}

/** What a command prints. Throws a Fault `refused` that shows neither its output nor its arguments: either may hold what nobody should see. */
export function printed([program = '', ...args]: readonly string[], what: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 30_000, killSignal: 'SIGKILL' }, (error, stdout) => {
      if (!error) resolve(stdout.replace(/\r?\n$/, ''));
      else
        reject(
          new Fault('refused', `the command "${program}" gave no ${what} (${String(error.code ?? error.signal)})`, {
            hint: 'call it by hand as the user that runs lifeboat',
          }),
        );
    });
  });
}
