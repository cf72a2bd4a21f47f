// What lies on a node's disks, as the look at them printed it on a real node.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lookAtDisks, readDisks } from '../../../src/postgres/commands-disk.ts';
import { showLsn } from '../../../src/postgres/lsn.ts';

it('finds access, room, the segment written last, what waits for the archiver, and every history file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'disks of a node-'));
  try {
    const [wal, archive] = [join(folder, 'pg_wal'), join(folder, 'archive')];
    mkdirSync(join(wal, 'archive_status'), { recursive: true, mode: 0o700 });
    mkdirSync(archive);
    // A recycled segment has the higher name and the older time.
    for (const [name, time] of [
      ['000000010000000000000002', 2000],
      ['000000010000000000000009', 1000],
    ] as const) {
      writeFileSync(join(wal, name), '');
      utimesSync(join(wal, name), time, time);
    }
    writeFileSync(join(wal, 'archive_status', '000000010000000000000001.ready'), '');
    writeFileSync(join(wal, '00000002.history'), '1\t0/2000000\tno recovery target specified');
    writeFileSync(join(archive, '00000003.history'), '1\t0/2000000');
    const [program = '', ...args] = lookAtDisks(wal, archive);
    const disks = readDisks(execFileSync(program, args, { encoding: 'utf8' }))!;
    expect(disks.wal?.access).toMatch(/^drwx------/);
    expect(disks.wal!.size).toBeGreaterThan(disks.wal!.free);
    expect(disks.archive).not.toBeNull();
    expect([disks.newestSegment, disks.toArchive]).toEqual(['000000010000000000000002', 1]);
    expect(
      disks.histories.map(({ file, timeline, history }) => [
        file,
        timeline,
        history?.ancestors.map(({ end }) => showLsn(end)),
      ]),
    ).toEqual([
      [`${wal}/00000002.history`, 2, ['0/2000000']],
      // Cut short by an archive that filled up.
      [`${archive}/00000003.history`, 3, undefined],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('says nothing of a directory that is not there, and of an answer that is cut off', () => {
  const [program = '', ...args] = lookAtDisks('/nowhere/pg_wal', undefined);
  const text = execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  expect(readDisks(text)).toEqual({ wal: null, archive: null, newestSegment: null, toArchive: 0, histories: [] });
  expect(readDisks(text.slice(0, -5))).toBeUndefined();
});
