// Fetches a secret from where it lies, at the last moment; the value goes to stdin or a connection and nowhere else.

import { Fault } from '../faults.ts';
import type { Redactor, SecretRef } from '../secret.ts';
import { fromHome, ownFile, printed } from './own-file.ts';

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
  if ('command' in secret) return printed(secret.command, 'password');
  const { host, port, database, user } = login;
  const file = fromHome(secret.passfile);
  const addLine = `echo '${host}:${String(port)}:*:${user}:PASSWORD' >> ${file}`;
  const value = passwordOf(await ownFile(file, `umask 077; ${addLine}`), login);
  if (value !== undefined) return value;
  throw new Fault('refused', `${file} has no line for ${host}:${String(port)}:${database}:${user}`, { hint: addLine });
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
