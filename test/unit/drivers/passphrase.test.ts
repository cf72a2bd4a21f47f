// Where a passphrase may come from, and what is said where it does not come; never the passphrase itself.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { identityIn, passphraseFrom } from '../../../src/drivers/passphrase.ts';
import { Fault } from '../../../src/faults.ts';

const folder = mkdtempSync(join(tmpdir(), 'lifeboat-own-file-'));
const file = join(folder, 'passphrase');
writeFileSync(file, 'words of mine \nanother line\n', { mode: 0o600 });

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const refusal = async (attempt: Promise<unknown>): Promise<Fault> => {
  const error = await attempt.then(
    value => value,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Fault && error.code === 'refused' && error.hint !== undefined) return error;
  throw new Error(`no refusal: ${String(error)}`);
};

describe('a passphrase', () => {
  it('is the first line of a file, the value of a variable, or what a program prints', async () => {
    expect(await passphraseFrom({ file }, {})).toBe('words of mine ');
    expect(await passphraseFrom({ env: 'P' }, { P: 'of the environment' })).toBe('of the environment');
    expect(await passphraseFrom({ command: ['echo', 'printed', 'words'] }, {})).toBe('printed words');
  });

  it('is missed with what to do', async () => {
    expect((await refusal(passphraseFrom({ env: 'P' }, {}))).message).toContain('the environment has no P');
    expect((await refusal(passphraseFrom({ env: 'P' }, { P: '' }))).message).toBe('the passphrase in $P is empty');
    expect((await refusal(passphraseFrom({ file: join(folder, 'none') }, {}))).message).toContain('(ENOENT)');
    const failed = await refusal(passphraseFrom({ command: ['sh', '-c', 'echo s3cret; exit 3'] }, {}));
    expect(failed.message).toBe('the command "sh" gave no passphrase (3)');
    expect((await refusal(passphraseFrom({ command: [join(folder, 'no program')] }, {}))).message).toContain('ENOENT');
  });

  it('is not taken from a file that others can read', async () => {
    chmodSync(file, 0o640);
    expect((await refusal(identityIn(file))).hint).toBe(`chmod 0600 ${file}`);
    chmodSync(file, 0o600);
    expect(await identityIn(file)).toContain('words');
  });
});
