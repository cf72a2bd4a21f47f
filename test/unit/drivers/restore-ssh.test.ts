// What goes over the wire in a restore: only what differs, as a tar archive that tar itself reads.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workFor } from '../../../src/drivers/restore-ssh.ts';
import { superfluous } from '../../../src/drivers/restore-shell.ts';
import { tarEnd, tarHeader, type TarMember, tarPadding } from '../../../src/drivers/tar-member.ts';
import { blockSize } from '../../../src/repo/backup.ts';
import type { Entry } from '../../../src/repo/restore-target.ts';

const sha = (text: string) => createHash('sha256').update(text).digest();
const entry = (blocks: readonly string[], change: Partial<Entry> = {}): Entry => ({
  path: 'base/5/1259',
  encoded: false,
  kind: 'file',
  target: null,
  size: blocks.length * blockSize,
  mode: 0o600,
  hashes: blocks.map(sha),
  piece: () => Promise.reject(new Error('not asked for')),
  ...change,
});
const there = (blocks: readonly string[], size = blocks.length * blockSize) => ({
  size,
  hashes: blocks.map(block => sha(block).toString('hex')),
});

describe('what is sent of a file', () => {
  it('nothing where all of it is there', () => {
    expect(workFor(entry(['a', 'b']), there(['a', 'b']))).toBeUndefined();
  });
  it('the blocks that differ, and what is too much is cut off', () => {
    expect(workFor(entry(['a', 'b', 'c']), there(['a', 'x', 'c', 'd']))).toMatchObject({
      do: 'blocks',
      indexes: [1],
      cut: true,
    });
  });
  it('only a cut', () => {
    expect(workFor(entry(['a']), there(['a', 'b']))).toMatchObject({ do: 'blocks', indexes: [], cut: true });
  });
  it('what is missing at its end', () => {
    expect(workFor(entry(['a', 'b', 'c']), there(['a', 'b']))).toMatchObject({
      do: 'blocks',
      indexes: [2],
      cut: false,
    });
  });
  it('all of it where it is not there, where most differs, and where nothing is known of it', () => {
    expect(workFor(entry(['a']), undefined)).toMatchObject({ do: 'whole' });
    expect(workFor(entry(['a', 'b', 'c']), there(['x', 'y', 'c']))).toMatchObject({ do: 'whole' });
    expect(workFor(entry(['a'], { hashes: null }), there(['a']))).toMatchObject({ do: 'whole' });
    expect(workFor(entry(['a', 'b', 'c'], { path: 'a b' }), there(['a', 'b', 'x']))).toMatchObject({ do: 'whole' });
  });
});

describe('what goes', () => {
  it('is what the backup has not, a directory as a whole', () => {
    const listed = Buffer.from(
      ['./base', './base/5', './base/5/1', './base/9', './base/9/1', './PG_VERSION', ''].join('\0'),
    );
    expect(superfluous(listed, new Set(['base', 'base/5', 'PG_VERSION']))).toEqual(['base/5/1', 'base/9']);
  });
  it('not a name that is no ASCII', () => {
    const listed = Buffer.concat([Buffer.from('./fü\0./f'), Buffer.of(0xfc), Buffer.from('\0')]);
    expect(superfluous(listed, new Set(['fü', 'f\xfc']))).toEqual([]);
  });
});

it('tar reads what we write: long names, links, directories, odd bytes', () => {
  const into = mkdtempSync(join(tmpdir(), 'tar-'));
  const member = (path: string | Buffer, change: Partial<TarMember> = {}): Buffer =>
    tarHeader({ path: Buffer.from(path), kind: 'file', target: null, size: 0, mode: 0o600, ...change });
  const long = `d/${'n'.repeat(150)}`;
  const odd = Buffer.from([0x64, 0x2f, 0xfc]);
  const content = Buffer.from('hello');
  const archive = Buffer.concat([
    member('d', { kind: 'directory', mode: 0o700 }),
    ...[long, odd, 'd/e'].flatMap(path => [member(path, { size: 5, mode: 0o640 }), content, tarPadding(5)]),
    member('d/l', { kind: 'link', target: Buffer.from('/else/where') }),
    member('d/m', { kind: 'link', target: Buffer.from(`/${'t'.repeat(120)}`) }),
    tarEnd,
  ]);
  try {
    execFileSync('tar', ['-x', '-p', '-o', '-m', '-f', '-'], { input: archive, cwd: into });
    for (const path of [long, 'd/e']) expect(readFileSync(join(into, path), 'utf8')).toBe('hello');
    expect(readFileSync(Buffer.concat([Buffer.from(`${into}/`), odd]), 'utf8')).toBe('hello');
    expect(lstatSync(join(into, 'd/e')).mode & 0o777).toBe(0o640);
    expect(lstatSync(join(into, 'd')).mode & 0o777).toBe(0o700);
    expect(readlinkSync(join(into, 'd/l'))).toBe('/else/where');
    expect(readlinkSync(join(into, 'd/m'))).toBe(`/${'t'.repeat(120)}`);
  } finally {
    rmSync(into, { recursive: true });
  }
});
