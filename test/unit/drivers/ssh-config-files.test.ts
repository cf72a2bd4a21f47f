// Where no SSH configuration has a word to say, ssh is not asked; wherever it might have one, it is.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isUnconfigured } from '../../../src/drivers/ssh-config-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lb-ssh-'));
  mkdirSync(join(folder, 'more'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** As Debian has it. */
const debian = () => `# comment

Include ${folder}/more/*.conf

Host *
#   ForwardAgent no
    SendEnv LANG LC_*
    HashKnownHosts yes
    GSSAPIAuthentication yes
`;

function unconfigured({ own, common = debian() }: { own?: string; common?: string }): boolean {
  const files = { own: join(folder, 'own'), common: join(folder, 'common') };
  if (own !== undefined) writeFileSync(files.own, own);
  if (common !== '') writeFileSync(files.common, common);
  return isUnconfigured(files);
}
const include = (text: string): void => writeFileSync(join(folder, 'more', 'site.conf'), text);

describe('nothing is said', () => {
  it('by what a distribution brings, with no file of one’s own', () => expect(unconfigured({})).toBe(true));

  it('by blanks and comments', () => expect(unconfigured({ own: '\n  # Host db1\n\t\n' })).toBe(true));

  it('by an included file that says nothing', () => {
    include('Host *\n  SendEnv=FOO\n');
    expect(unconfigured({})).toBe(true);
  });

  it('by a folder that is not there', () =>
    expect(unconfigured({ common: 'Include /nowhere/of/ours/*.conf\n' })).toBe(true));
});

describe('ssh is asked', () => {
  it.each([
    'Host db1\n  HostName 10.0.0.1',
    'User bob',
    'USER=bob',
    '  port = 2222',
    'Match all',
    'Match exec "test -e /tmp/x"',
    'ProxyJump jump',
    'IdentityFile ~/k',
    'IdentitiesOnly yes',
    'UserKnownHostsFile /x',
    'CanonicalizeHostname yes',
    '"User" bob',
    'ANewWord yes',
    '= x',
  ])('where one’s own file says %j', own => expect(unconfigured({ own })).toBe(false));

  it('where an included file has a word to say', () => {
    include('Port 2222\n');
    expect(unconfigured({})).toBe(false);
  });

  it.each(['Include config.d/*', 'Include ~/x/*', 'Include "/etc/a b/*"', 'Include /a/* /b/*', 'Include /a/*/b'])(
    'where it would have to be found out what %j means',
    own => expect(unconfigured({ own })).toBe(false),
  );

  it('where the file of all users is not where it usually is', () => expect(unconfigured({ common: '' })).toBe(false));

  it.skipIf(process.getuid?.() === 0)('where a file cannot be read', () => {
    writeFileSync(join(folder, 'own'), '');
    chmodSync(join(folder, 'own'), 0);
    expect(unconfigured({})).toBe(false);
  });
});
