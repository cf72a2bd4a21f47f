// What a logical backup says of itself, and what the node that it shall be restored on says to that.
import { describe, expect, test } from 'vitest';
import { checks } from '../../../src/checks/index.ts';
import { keepDump, memoryDump, memoryWorld, type World } from '../../../src/drivers/memory.ts';
import { parseDump } from '../../../src/look/dump.ts';
import { readDumpState, shortOf } from '../../../src/look/dump-reading.ts';
import type { NodeName } from '../../../src/ports.ts';
import { lookAt } from '../../interruption/support/stage.ts';

const node1 = 'node1' as NodeName;
const path = '/disk3/backup/20261120/logical';
const whole = memoryDump(memoryWorld({ nodes: ['node1'] }).node('node1'));

describe('backup.json', () => {
  test('is read as it was written', () => {
    expect(parseDump(JSON.stringify(whole))).toEqual(whole);
  });

  test.each([
    ['cut short', JSON.stringify(whole).slice(0, -5)],
    ['no JSON object', 'null'],
    ['of a form to come', JSON.stringify({ ...whole, format: 2 })],
    ['without its databases', JSON.stringify({ ...whole, databases: undefined })],
    [
      'with an archive that lies elsewhere',
      JSON.stringify({ ...whole, databases: [{ ...whole.databases[0], archive: '../../etc/passwd' }] }),
    ],
  ])('%s: none', (_, text) => {
    expect(parseDump(text)).toBeUndefined();
  });
});

describe('room', () => {
  const dump = {
    ...whole,
    databases: [{ ...whole.databases[0]!, bytes: 3000 * 1024 }],
    tablespaces: [{ name: 'far', directory: '/disk5/far', bytes: 1000 * 1024 }],
  };
  const short = (...rooms: readonly string[]): string[] => {
    const text = [...rooms.map(room => `room ${room}`), 'end', ''].join('\n');
    return shortOf(dump, '/disk1/data', readDumpState(text)!);
  };

  test('on disks of their own each place needs what lay there', () => {
    expect(short('1 2000 0 /disk1/data', '5 1000 0 /disk5/far')).toEqual([]);
    expect(short('1 1999 0 /disk1/data', '5 999 0 /disk5/far')).toEqual([
      '/disk1/data: 2000 kB needed, 1999 kB free',
      '/disk5/far: 1000 kB needed, 999 kB free',
    ]);
  });

  test('on one disk they share what is free; what is moved to another disk makes room', () => {
    expect(short('1 2999 0 /disk1/data', '1 2999 0 /disk5/far')).toEqual([
      '/disk1/data, /disk5/far: 3000 kB needed, 2999 kB free',
    ]);
    expect(short('1 1000 1500 /disk1/data', '1 1000 500 /disk5/far')).toEqual([]);
  });

  test('an answer that breaks off is none', () => {
    expect(readDumpState('room 1 2000 0 /disk1/data\n')).toBeUndefined();
  });
});

describe('what stands against a restore', () => {
  const told = (lines: readonly string[], change: object = {}): World => {
    const world = memoryWorld({
      nodes: ['node1', 'node2'],
      programs: (_, argv) =>
        argv[3] === 'read-dump' || argv[3] === 'dump-state'
          ? {
              code: argv[3] === 'read-dump' && lines.length > 1 ? 1 : 0,
              stdout: `${lines.join('\n')}\nend\n`,
              stderr: '',
            }
          : undefined,
    });
    keepDump(world.node('node1'), path, { ...whole, ...change });
    return world;
  };
  const fits = (world: World, at = path) => checks.get('dump-fits')!.test(node1, { path: at }, lookAt(world));
  const version = 'version postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)';

  test('nothing', async () => {
    expect(await fits(told([version]))).toMatchObject({ is: 'holds', found: '3 databases' });
  });

  test('all of it at once, each by its name', async () => {
    const world = told(
      [
        version,
        'locale de_DE.utf8',
        'archive app pg_restore: error: unsupported version (1.99) in file header',
        'lost /disk5/far',
        'mount /disk1/data',
        'room 1 7 0 /disk1/data',
      ],
      { version: 180_006, tablespaces: [{ name: 'far', directory: '/disk5/far', bytes: 0 }] },
    );
    expect(await fits(world)).toMatchObject({
      is: 'fails',
      found: [
        'it is of PostgreSQL 18.6, the programs there are 15.18',
        'the system has no locale de_DE.utf8',
        'pg_restore cannot read databases/app pg_restore: error: unsupported version (1.99) in file header',
        '/disk5/far of the tablespace far cannot be made: /disk5 is not there',
        '/disk1/data is a mount point, which cannot be moved aside',
        '/disk1/data: 24576 kB needed, 7 kB free',
      ].join('; '),
    });
  });

  test('it lies where the former data are moved away from', async () => {
    const world = told([version]);
    keepDump(world.node('node1'), '/disk1/data/dump');
    expect(await fits(world, '/disk1/data/dump')).toMatchObject({
      is: 'fails',
      found: 'it lies below /disk1/data, which is moved aside',
    });
  });

  test('there is none, or it cannot be read', async () => {
    expect(await fits(told([version]), '/nowhere')).toMatchObject({ is: 'fails', found: 'there is none in /nowhere' });
    const world = told([version]);
    world.node('node1').files.set(`${path}/backup.json`, { text: '{' });
    expect(await fits(world)).toMatchObject({ is: 'silent', unreachable: false });
  });

  test('a file that is not what it was', async () => {
    const world = told(['./databases/app: FAILED', 'sha256sum: WARNING: 1 computed checksum did NOT match']);
    const verdict = await checks.get('dump-whole')!.test(node1, { path }, lookAt(world));
    expect(verdict).toMatchObject({ is: 'fails', found: expect.stringContaining('./databases/app: FAILED') });
  });
});
