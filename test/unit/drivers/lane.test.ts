// Calls in a row, their source held up while they lag behind.

import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Inflate, inflaterOf } from '../../../src/drivers/inflate.ts';
import { Lane } from '../../../src/drivers/lane.ts';

const gate = () => {
  let open: () => void = () => undefined;
  const passed = new Promise<void>(resolve => {
    open = resolve;
  });
  return { open, passed };
};

test('one call at a time, and the source rests while more than the limit waits', async () => {
  const said: string[] = [];
  const source = { pause: () => void said.push('pause'), resume: () => void said.push('resume') };
  const lane = new Lane(source, 10, () => void said.push('failed'));
  const first = gate();
  lane.push(() => first.passed, 8);
  lane.push(() => void said.push('second'), 4);
  lane.push(() => void said.push('third'));
  expect(said).toEqual(['pause']);
  expect(lane.paused).toBe(true);
  first.open();
  await lane.done();
  expect(said).toEqual(['pause', 'resume', 'second', 'third']);
  lane.push(() => void said.push('later'));
  await lane.done();
  expect(said.at(-1)).toBe('later');
});

test('after one that fails no other is made', async () => {
  const said: string[] = [];
  const lane = new Lane({ pause: () => undefined, resume: () => undefined }, 10, () => void said.push('failed'));
  lane.push(() => Promise.reject(new Error('no space left')));
  lane.push(() => void said.push('second'));
  await expect(lane.done()).rejects.toThrow('no space left');
  lane.push(() => void said.push('third'));
  await expect(lane.done()).rejects.toThrow('no space left');
  expect(said).toEqual(['failed']);
});

test('what was compressed comes out whole, or says that it is damaged', async () => {
  const plain = Buffer.alloc(3_000_000, 'lifeboat');
  const packed = gzipSync(plain);
  const inflated = async (bytes: Buffer) => {
    const out: Buffer[] = [];
    const inflate = new Inflate(inflaterOf('gzip')(), chunk => void out.push(Buffer.from(chunk)));
    for (let at = 0; at < bytes.length; at += 1000) await inflate.write(bytes.subarray(at, at + 1000));
    await inflate.end();
    return Buffer.concat(out);
  };
  expect((await inflated(packed)).equals(plain)).toBe(true);
  await expect(inflated(packed.subarray(0, -9))).rejects.toThrow('unexpected end of file');
  await expect(inflated(Buffer.concat([packed.subarray(0, 10), packed.subarray(11)]))).rejects.toThrow();
  expect(() => inflaterOf('lz4')).toThrow('compressed with lz4');
});
