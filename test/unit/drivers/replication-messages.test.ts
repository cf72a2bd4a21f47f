// The messages of a WAL stream, byte by byte as the manual lays them out (55.4).

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { baseBackupCommand } from '../../../src/drivers/base-backup-command.ts';
import { firstDataRow } from '../../../src/drivers/data-row.ts';
import {
  decodeFromServer,
  decodeStatus,
  encodeFromServer,
  encodeStatus,
  instantOf,
  microsecondsOf,
} from '../../../src/drivers/replication-messages.ts';
import { Slabs } from '../../../src/drivers/slabs.ts';
import { lsn } from '../../../src/postgres/lsn.ts';
import { parseVersion } from '../../../src/postgres/version.ts';
import { bytes } from '../../../src/time.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const position = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map(lsn);
const time = fc.bigInt({ min: -(1n << 50n), max: 1n << 52n });

test('WAL', () => {
  const message = hex('77 0000000100000018 0000000100000020 0002f5a1b2c3d4e5 d08f');
  expect(decodeFromServer(message)).toEqual({
    is: 'wal',
    start: 0x1_0000_0018n,
    walEnd: 0x1_0000_0020n,
    at: 0x2f5a1b2c3d4e5n,
    bytes: hex('d08f'),
  });
});

test('a keepalive, and what is none', () => {
  const message = hex('6b 0000000003000148 0000000000000001 01');
  expect(decodeFromServer(message)).toEqual({ is: 'keepalive', walEnd: 0x3000148n, at: 1n, replyRequested: true });
  for (const other of [message.subarray(0, 17), Buffer.alloc(0), hex('6b'), hex('77 00'), hex('7a 0000')]) {
    expect(decodeFromServer(other)).toBeUndefined();
  }
});

test('the status has no position of replay', () => {
  const message = encodeStatus({ written: lsn(3n), flushed: lsn(2n), replyRequested: true }, 1n);
  expect(message).toEqual(hex('72 0000000000000003 0000000000000002 0000000000000000 0000000000000001 01'));
  expect(decodeStatus(message.subarray(1))).toBeUndefined();
});

test('each comes back as it was', () => {
  fc.assert(
    fc.property(position, position, time, fc.boolean(), fc.uint8Array(), (start, walEnd, at, replyRequested, data) => {
      const wal = { is: 'wal', start, walEnd, at, bytes: Buffer.from(data) } as const;
      expect(decodeFromServer(encodeFromServer(wal))).toEqual(wal);
      const keepalive = { is: 'keepalive', walEnd, at, replyRequested } as const;
      expect(decodeFromServer(encodeFromServer(keepalive))).toEqual(keepalive);
      const status = { written: start, flushed: walEnd, replyRequested };
      expect(decodeStatus(encodeStatus(status, at))).toEqual({ ...status, at });
    }),
  );
});

test("PostgreSQL's clock begins with the year 2000", () => {
  expect(microsecondsOf(Date.UTC(2000, 0, 1))).toBe(0n);
  expect(instantOf(0n)).toBe('2000-01-01T00:00:00.000000Z');
  expect(instantOf(817_010_000_123_456n)).toBe('2025-11-21T03:13:20.123456Z');
  expect(microsecondsOf(Date.parse(instantOf(817_010_000_123_000n)))).toBe(817_010_000_123_000n);
});

test('BASE_BACKUP in the words of each version', () => {
  const [new15, old] = [parseVersion('15.18')!, parseVersion('13.23')!];
  const options = { label: "Bo's \\", checkpoint: 'fast', rate: bytes(5 * 1024 * 1024) } as const;
  expect(baseBackupCommand(options, new15)).toBe(
    "BASE_BACKUP (LABEL 'Bo''s \\', PROGRESS, CHECKPOINT 'fast', WAIT 0, MAX_RATE 5120, MANIFEST 'yes', MANIFEST_CHECKSUMS 'CRC32C')",
  );
  expect(baseBackupCommand(options, old)).toBe(
    "BASE_BACKUP LABEL 'Bo''s \\' PROGRESS FAST NOWAIT MAX_RATE 5120 MANIFEST 'yes' MANIFEST_CHECKSUMS 'CRC32C'",
  );
  const spread = { label: 'x', checkpoint: 'spread', serverCompression: 'gzip' } as const;
  expect(baseBackupCommand(spread, new15)).toContain("CHECKPOINT 'spread', WAIT 0");
  expect(baseBackupCommand(spread, new15)).toContain(", COMPRESSION 'gzip')");
  expect(() => baseBackupCommand(spread, old)).toThrow('PostgreSQL 13.23 does not compress a backup');
  expect(() => baseBackupCommand({ ...options, rate: bytes(1000) }, new15)).toThrow('between 32 kB and 1 GB');
});

test('the bytes of a row, whatever their encoding', () => {
  const row = hex('44 00000015 0003 00000002 fffe ffffffff 00000001 41');
  const messages = Buffer.concat([hex('54 00000006 0000'), row, hex('43 00000005 00')]);
  expect(firstDataRow(messages)).toEqual([hex('fffe'), null, hex('41')]);
  expect(firstDataRow(hex('54 00000006 0000'))).toBeUndefined();
});

test('small pieces become large ones, and what was handed out stays as it was', () => {
  const pattern = Buffer.from(Array.from({ length: 3_000_001 }, (_, at) => at % 251));
  const piece = fc.tuple(fc.nat(pattern.length), fc.nat(1000), fc.boolean());
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), pieces => {
      const slabs = new Slabs();
      const out: (Buffer | undefined)[] = [];
      const put: Buffer[] = [];
      for (const [length, from, cut] of pieces) {
        put.push(pattern.subarray(from, length));
        const view = Buffer.from(pattern.subarray(from, length));
        slabs.add(view);
        view.fill(0xee);
        for (let full = slabs.takeFull(); full; full = slabs.takeFull()) out.push(full);
        if (cut) {
          out.push(slabs.take());
          slabs.freshen();
        }
      }
      out.push(slabs.take());
      expect(slabs.bytes).toBe(0);
      expect(Buffer.concat(out.filter(buffer => buffer !== undefined)).equals(Buffer.concat(put))).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test('a large piece that was given back is filled again, and none before', () => {
  const slabs = new Slabs();
  const size = 1024 * 1024;
  const filled = (byte: number): Buffer => {
    slabs.add(Buffer.alloc(size, byte));
    return slabs.takeFull()!;
  };
  const first = filled(1);
  const second = filled(2);
  expect([first[0], second[0]]).toEqual([1, 2]);
  slabs.giveBack(first.subarray(0, 100));
  expect(filled(3).buffer).not.toBe(first.buffer);
  slabs.giveBack(first.subarray(100));
  expect(filled(4).buffer).toBe(first.buffer);
  expect([first[0], second[0]]).toEqual([4, 2]);
});
