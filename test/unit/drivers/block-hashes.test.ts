// Hashes made in other threads are those of the bytes, also of what a file is too short for.

import { createHash, randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { BlockHashes } from '../../../src/drivers/block-hashes.ts';

const room = mkdtempSync(join(tmpdir(), 'hashes-'));
const hashes = new BlockHashes();
afterAll(async () => {
  await hashes.close();
  rmSync(room, { recursive: true });
});

test('many at once, each its own', async () => {
  const bytes = randomBytes(3_500_000);
  const path = join(room, 'file');
  writeFileSync(path, bytes);
  const file = openSync(path, 'r');
  const size = 1 << 20;
  const found = await Promise.all([0, 1, 2, 3, 4].map(index => hashes.of(file, index * size, size)));
  closeSync(file);
  expect(found.map(hash => hash.toString('hex'))).toEqual(
    [0, 1, 2, 3, 4].map(index =>
      createHash('sha256')
        .update(bytes.subarray(index * size, (index + 1) * size))
        .digest('hex'),
    ),
  );
});

test('what cannot be read is an error with its code, and the next one is answered', async () => {
  const directory = openSync(room, 'r');
  await expect(hashes.of(directory, 0, 10)).rejects.toMatchObject({ code: 'EISDIR' });
  closeSync(directory);
  const file = openSync(join(room, 'file'), 'r');
  expect((await hashes.of(file, 0, 1)).length).toBe(32);
  closeSync(file);
});
