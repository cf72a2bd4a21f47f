// Fetches a secret from where it lies, at the last moment; the value goes to stdin or a connection and nowhere else.

import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { Fault } from '../faults.ts';
import type { Redactor, SecretRef } from '../secret.ts';

/** Which line of a password file is meant. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** Throws a Fault where there is no such secret. What it returns is known to the redactor. */
export async function secretValue(secret: SecretRef, login: Login, redactor: Redactor): Promise<string> {
  const value = await fetch(secret, login);
  redactor.learn(value);
  return value;
}

async function fetch(secret: SecretRef, login: Login): Promise<string> {
  if ('env' in secret) {
    const value = process.env[secret.env];
    if (value !== undefined) return value;
    throw new Fault('refused', `the environment has no ${secret.env}, where a password should be`, {
      hint: `read -rs ${secret.env} && export ${secret.env}`,
    });
  }
  if ('command' in secret) return fromCommand(secret.command);
  const file = secret.passfile.replace(/^~(?=\/)/, homedir());
  const value = passwordOf(await readPassfile(file), login);
  if (value !== undefined) return value;
  const { host, port, database, user } = login;
  throw new Fault('refused', `${file} has no line for ${host}:${String(port)}:${database}:${user}`, {
    hint: `echo '${host}:${String(port)}:*:${user}:PASSWORD' >> ${file}`,
  });
}

/** As libpq (fe-connect.c, passwordFromFile): one that others can read is not used. */
async function readPassfile(file: string): Promise<string> {
  try {
    if (((await stat(file)).mode & 0o077) !== 0) {
      throw new Fault('refused', `${file} can be read by others`, { hint: `chmod 0600 ${file}` });
    }
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('refused', `the password file ${file} cannot be read`, { cause: error, hint: `ls -l ${file}` });
  }
}

/** The password of the first line that fits; `*` fits all, a backslash takes the next character as it is (manual 34.16). A socket's directory counts as `localhost`. */
export function passwordOf(passfile: string, login: Login): string | undefined {
  const host = login.host.startsWith('/') ? 'localhost' : login.host;
  const wanted = [host, String(login.port), login.database, login.user];
  for (const line of passfile.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const [, ...parts] =
      /^((?:[^:\\]|\\.)*):((?:[^:\\]|\\.)*):((?:[^:\\]|\\.)*):((?:[^:\\]|\\.)*):(.*)$/.exec(line) ?? [];
    const password = parts.pop();
    if (password === undefined) continue;
    const fits = parts.every((part, at) => part === '*' || unescape(part) === wanted[at]);
    if (fits) return unescape(password);
  }
  return undefined;
}

const unescape = (text: string): string => text.replaceAll(/\\(.)/g, '$1');

function fromCommand([program = '', ...args]: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 30_000, killSignal: 'SIGKILL' }, (error, stdout) => {
      if (!error) resolve(stdout.replace(/\r?\n$/, ''));
      // Neither its output nor its arguments are shown: either may hold what nobody should see.
      else
        reject(
          new Fault('refused', `the command "${program}" gave no password (${String(error.code ?? error.signal)})`),
        );
    });
  });
}
