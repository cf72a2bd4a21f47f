// Whether any file of ~/.ssh/config and the like has a word to say: where none has, no ssh need be asked what they come to.

import { readdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';

export interface ConfigFiles {
  readonly own: string;
  readonly common: string;
}

/** As OpenSSH finds them: by the password file, whatever $HOME says (ssh_config(5), FILES). */
const usual = (): ConfigFiles => ({
  own: join(userInfo().homedir, '.ssh', 'config'),
  common: '/etc/ssh/ssh_config',
});

/** What distributions write there; nothing of it has to do with where a host is or how to log in. Any other word is for ssh to read. */
const idle: ReadonlySet<string> = new Set(['host', 'sendenv', 'hashknownhosts', 'gssapiauthentication']);

/** `false` also where it is not sure. To ask ssh is a program of its own for each node, and the connection waits for it. */
export function isUnconfigured({ own, common }: ConfigFiles = usual()): boolean {
  // An ssh that does not read this one was built to read another.
  return read(common) !== '' && isIdle(own) && isIdle(common);
}

function isIdle(file: string): boolean {
  return read(file)?.split('\n').every(isIdleLine) ?? false;
}

function isIdleLine(line: string): boolean {
  const [, word = '', value = ''] = /^\s*([^\s=#]*)[\s=]*(.*?)\s*$/.exec(line) ?? [];
  if (word === '') return /^\s*(#|$)/.test(line);
  if (word.toLowerCase() === 'include') return included(value)?.every(isIdle) ?? false;
  return idle.has(word.toLowerCase());
}

/** The files of a folder; undefined where it is another kind of pattern. */
function included(pattern: string): string[] | undefined {
  const [, folder, ending = ''] = /^(\/[\w./-]+)\/\*(\.\w+)?$/.exec(pattern) ?? [];
  if (folder === undefined) return undefined;
  try {
    return readdirSync(folder)
      .filter(name => name.endsWith(ending))
      .map(name => join(folder, name));
  } catch (error) {
    return isMissing(error) ? [] : undefined;
  }
}

/** Empty where there is none; undefined where it cannot be read. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return isMissing(error) ? '' : undefined;
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';
