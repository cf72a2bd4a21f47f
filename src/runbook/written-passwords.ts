// Passwords that stand in a file: refused, for the file is copied into every journal and often lies in a repository.

import type { Mistake, Path } from './mistake.ts';

const keys = /^(pg)?(pass|passwd|password|pwd|secret|passphrase)$/i;
const ways = 'give it another way: passfile: FILE, password_env: VARIABLE, or password_command: [PROGRAM]';
const passphraseWays =
  'give it another way: passphrase_file: FILE, passphrase_env: VARIABLE, or passphrase_command: [PROGRAM]';

export function writtenPasswords(value: unknown, path: Path = []): Mistake[] {
  if (typeof value === 'string') {
    const found = inText(value);
    return found === undefined ? [] : [{ path, part: 'value', message: `${found} holds a password`, hint: ways }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]): Mistake[] => {
    const key = Array.isArray(value) ? Number(name) : name;
    if (keys.test(name)) {
      const [what, hint] = /phrase$/i.test(name) ? ['passphrase', passphraseWays] : ['password', ways];
      return [{ path: [...path, key], part: 'key', message: `a ${what} must not stand in a file`, hint }];
    }
    return writtenPasswords(one, [...path, key]);
  });
}

function inText(text: string): string | undefined {
  if (/\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]+@/i.test(text)) return 'this address';
  return /(^|[\s?&])(pg)?(password|passwd)\s*=\s*[^\s$&]/i.test(text) ? 'this connection string' : undefined;
}

/** The same line with what looks like a password blotted out, every character where it was: for the frames of messages. */
export function blotted(line: string): string {
  const blot = (_whole: string, before: string, secret: string): string => before + '*'.repeat(secret.length);
  return line
    .replace(
      /(\b(?:pg)?(?:pass|passwd|password|pwd|secret|passphrase)["']?\s*[:=]\s*)("[^"]*"?|'[^']*'?|[^\s,}&'"]+)/gi,
      blot,
    )
    .replace(/(:\/\/[^\s/:@]+:)([^\s/@]+)(?=@)/g, blot);
}
