// A process that writes to a directory store is killed at random instants: what it said is put is there, and nothing half.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directoryStore } from '../../src/drivers/directory-store.ts';
import { until } from '../support/until.ts';

const folder = mkdtempSync(join(tmpdir(), 'lifeboat-killed-'));
const program = join(folder, 'writer.mjs');
const size = 300_000;

/** Numbers from 0 on; told when both of a number are put and the pair of ten before is removed. */
const writer = `
  import { directoryStore } from './src/drivers/directory-store.ts';
  const store = directoryStore(process.argv[2]);
  for (let n = Number(process.argv[3]); ; n += 1) {
    const content = Buffer.alloc(${size}, n % 251);
    await store.put('replaced/one', content);
    await store.putIfAbsent('kept/' + String(n % 3) + '/' + String(n), content);
    if (n >= 10) await store.remove('kept/' + String((n - 10) % 3) + '/' + String(n - 10));
    process.stdout.write(String(n) + '\\n');
  }`;

beforeAll(async () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  await build({
    stdin: { contents: writer, resolveDir: root, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: program,
    logLevel: 'silent',
  });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The number that was told last when it was killed, `after` milliseconds behind its third. */
async function killed(where: string, from: number, after: number): Promise<number> {
  const child = spawn(process.execPath, [program, where, String(from)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let told = from - 1;
  const over = new Promise(resolve => child.once('close', resolve));
  createInterface({ input: child.stdout }).on('line', line => (told = Number(line)));
  await until(() => told >= from + 2, 'three rounds');
  setTimeout(() => child.kill('SIGKILL'), after);
  await over;
  return told;
}

describe('a directory store whose writer is killed', () => {
  it('has everything that was told, whole, and nothing else', async () => {
    const where = join(folder, 'repository');
    const store = directoryStore(where);
    let next = 0;
    for (let round = 0; round < 12; round += 1) {
      const told = await killed(where, next, (round * 7.3) % 23);
      const all = await store.list('');
      for (const { name } of all) {
        const content = (await store.get(name))!;
        expect(content.length, name).toBe(size);
        expect(content.equals(Buffer.alloc(size, content[0])), name).toBe(true);
        const number = /^kept\/\d\/(\d+)$/.exec(name)?.[1];
        if (number !== undefined) expect(content[0]).toBe(Number(number) % 251);
      }
      const names = new Set(all.map(({ name }) => name));
      for (let n = Math.max(next, told - 8); n <= told; n += 1) expect(names).toContain(`kept/${n % 3}/${n}`);
      expect(names).toContain('replaced/one');
      next = told + 2;
    }
  }, 60_000);
});
