// pg_control byte by byte: what a restore goes by, and that one wrong bit is noticed.
import { describe, expect, it } from 'vitest';
import { parseControlFile } from '../../../src/postgres/control-file.ts';
import { crc32c } from '../../../src/postgres/crc32c.ts';
import { fixture } from './fixture.ts';

const genuine = fixture('pg_control-15');

describe('pg_control', () => {
  it('of PostgreSQL 15 says the same as pg_controldata', () => {
    expect(parseControlFile(genuine)).toEqual({
      systemId: '7710682094323993198',
      version: 1300,
      limits: {
        max_connections: 100,
        max_worker_processes: 8,
        max_wal_senders: 10,
        max_prepared_transactions: 0,
        max_locks_per_transaction: 64,
      },
    });
  });

  it.each([
    ['17', 1700],
    ['18', 1800],
  ])('of PostgreSQL %s too, which have numbers of their own', (major, version) => {
    expect(parseControlFile(fixture(`pg_control-${major}`))).toMatchObject({
      version,
      limits: { max_connections: 100, max_wal_senders: 10, max_locks_per_transaction: 64 },
    });
  });

  it('with any bit flipped is none', () => {
    for (const at of [0, 8, 16, 180, 200, 256, 287, 288, 291]) {
      const flipped = Buffer.from(genuine);
      flipped[at] = (flipped[at] ?? 0) ^ 4;
      expect(parseControlFile(flipped), String(at)).toBeUndefined();
    }
  });

  it('cut short, or of something else, is none', () => {
    expect(parseControlFile(genuine.subarray(0, 200))).toBeUndefined();
    expect(parseControlFile(Buffer.alloc(8192))).toBeUndefined();
  });
});

it('the checksum is CRC-32C', () => {
  // RFC 3720, B.4.
  expect(crc32c(Buffer.from('123456789')).toString(16)).toBe('e3069283');
  expect(crc32c(Buffer.alloc(32)).toString(16)).toBe('8a9136aa');
});
