// A tar stream cut into pieces at any place gives the same entries and the same bytes.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Fault } from '../../../src/faults.ts';
import { TarFiles } from '../../../src/repo/tar-files.ts';
import type { TarEntry } from '../../../src/repo/tar-header.ts';
import { tarArchive, tarHeader, type TarMember } from '../../support/tar.ts';

interface Read extends TarEntry {
  readonly content: Buffer;
}

function readAll(archive: Buffer, cuts: readonly number[] = []): Read[] {
  const tar = new TarFiles('base.tar');
  const found: { entry: TarEntry; content: Buffer[] }[] = [];
  const places = [0, ...[...cuts].map(cut => cut % (archive.length + 1)).sort((a, b) => a - b), archive.length];
  for (const [at, from] of places.slice(0, -1).entries()) {
    for (const piece of tar.read(archive.subarray(from, places[at + 1]))) {
      if (Buffer.isBuffer(piece)) found.at(-1)!.content.push(piece);
      else found.push({ entry: piece, content: [] });
    }
  }
  tar.end();
  return found.map(({ entry, content }) => ({ ...entry, content: Buffer.concat(content) }));
}

const word = fc.string({ unit: fc.constantFrom('a', 'b', '7', ' ', 'ö', '漢', '\n', "'"), minLength: 1, maxLength: 8 });
const path = fc.array(word, { minLength: 1, maxLength: 3 }).map(words => words.join('/'));
const member: fc.Arbitrary<TarMember> = fc.oneof(
  fc.record({
    name: path,
    content: fc.uint8Array({ maxLength: 2000 }).map(it => Buffer.from(it)),
    mode: fc.constantFrom(0o600, 0o640),
    modified: fc.nat(),
  }),
  fc.record({ name: path.map(name => `${name}/`), type: fc.constant('5' as const), mode: fc.constant(0o700) }),
  fc.record({ name: path, type: fc.constant('2' as const), target: path }),
);

test('entries and bytes are the same wherever the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(member, { maxLength: 12 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      fc.boolean(),
      (members, cuts, trailer) => {
        const read = readAll(tarArchive(members, trailer), cuts);
        expect(read.map(({ path, kind, target, content }) => ({ path, kind, target, content }))).toEqual(
          members.map(({ name, type, target, content }) => ({
            path: (name as string).replace(/\/$/, ''),
            kind: type === '5' ? 'directory' : type === '2' ? 'link' : 'file',
            target: target ?? null,
            content: content ?? Buffer.alloc(0),
          })),
        );
        expect(read.map(({ mode }) => mode)).toEqual(members.map(({ mode = 0o600 }) => mode));
      },
    ),
  );
});

test('a name that is not UTF-8 keeps its bytes', () => {
  const name = Buffer.from([0x66, 0xfc, 0x72]); // "für" in latin1
  const [entry] = readAll(tarArchive([{ name, content: Buffer.from('x') }]));
  expect(entry).toMatchObject({ path: 'f\u00fcr', encoded: true });
  expect(Buffer.from(entry!.path, 'latin1').equals(name)).toBe(true);
});

test('a file of more than 8 GB has its size in base-256', () => {
  const tar = new TarFiles('base.tar');
  const [entry] = tar.read(tarHeader({ name: 'base/5/1', size: 9 * 1024 ** 3 }));
  expect(entry).toMatchObject({ path: 'base/5/1', size: 9 * 1024 ** 3 });
});

test.each<[string, () => void, string]>([
  [
    'ends early',
    () => readAll(tarArchive([{ name: 'a', content: Buffer.alloc(700) }], false).subarray(0, 900)),
    'ends within "a"',
  ],
  ['lost its place', () => readAll(Buffer.alloc(512, 'x')), 'checksum is wrong'],
  ['leads out of the data directory', () => readAll(tarArchive([{ name: '../../etc/passwd' }])), 'lies outside of it'],
  ['leads to the root', () => readAll(tarArchive([{ name: '/etc/passwd' }])), 'lies outside of it'],
  ['holds a device', () => readAll(tarArchive([{ name: 'tty', type: '3' as '0' }])), 'unknown type "3"'],
  [
    'goes on after its end',
    () => readAll(Buffer.concat([tarArchive([]), tarArchive([{ name: 'a' }])])),
    'after its end',
  ],
])('a stream that %s is refused', (_, act, words) => {
  expect(act).toThrow(
    expect.objectContaining<Partial<Fault>>({ code: 'failed', message: expect.stringContaining(words) as string }),
  );
});
