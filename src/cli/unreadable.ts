// Why a file that the operator named cannot be read, in words.

import { Fault } from '../faults.ts';

const words: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'it may not be read by this user',
  EISDIR: 'it is a directory',
};

export function unreadable(what: string, file: string, error: unknown, hint: string): Fault {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return new Fault('usage', `cannot read ${what} "${file}": ${words[code] ?? code}`, { hint, cause: error });
}
