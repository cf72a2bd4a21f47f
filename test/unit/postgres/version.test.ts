// Version numbers from all the places that tell one, and what hangs on them.
import { describe, expect, it } from 'vitest';
import { exitCodeOf, readinessOf, readinesses } from '../../../src/postgres/isready.ts';
import {
  hasAmcheck,
  parseVersion,
  percentMustBeDoubled,
  restoreCommandReloads,
  supported,
  versionFromNumber,
  versionOf,
} from '../../../src/postgres/version.ts';

describe('version', () => {
  it.each([
    ['15.18 (Debian 15.18-0+deb12u1)', 15, 18, '15.18'],
    ['pg_ctl (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)', 15, 18, '15.18'],
    ['PostgreSQL 13.23 on x86_64-pc-linux-gnu, compiled by gcc', 13, 23, '13.23'],
    ['15\n', 15, 0, '15'],
    ['18beta1', 18, 0, '18beta1'],
    ['17rc1', 17, 0, '17rc1'],
    ['9.3.25', 9, 3, '9.3.25'],
  ])('%j is %i.%i', (said, major, minor, text) => {
    expect(parseVersion(said)).toEqual({ major, minor, text });
  });

  it.each(['', 'bash: pg_ctl: command not found', 'x15', 'fifteen', '1234.5'])('%j tells none', text => {
    expect(parseVersion(text)).toBeUndefined();
  });

  it.each([
    [150018, '15.18'],
    [130000, '13.0'],
    [90325, '9.3.25'],
  ])('server_version_num %i is %s', (number, text) => {
    expect(versionFromNumber(number)?.text).toBe(text);
    expect(parseVersion(text)).toEqual(versionFromNumber(number));
  });

  it('takes no other number', () => {
    expect(versionFromNumber(15)).toBeUndefined();
    expect(versionFromNumber(150018.5)).toBeUndefined();
    expect(() => versionOf(15)).toThrow(RangeError);
  });

  it.each([
    ['12.22', { supported: false, amcheck: false, reloads: false, doubled: false }],
    ['13.23', { supported: true, amcheck: false, reloads: false, doubled: false }],
    ['14.1', { supported: true, amcheck: true, reloads: true, doubled: false }],
    ['16.0', { supported: true, amcheck: true, reloads: true, doubled: true }],
    ['18.6', { supported: true, amcheck: true, reloads: true, doubled: true }],
    ['19.0', { supported: false, amcheck: true, reloads: true, doubled: true }],
  ])('%s', (text, facts) => {
    const version = parseVersion(text);
    if (!version) throw new Error('not read');
    expect({
      supported: supported(version),
      amcheck: hasAmcheck(version),
      reloads: restoreCommandReloads(version),
      doubled: percentMustBeDoubled(version),
    }).toEqual(facts);
  });
});

describe('pg_isready', () => {
  it('has a meaning for each of its four exit codes and for no other', () => {
    expect([0, 1, 2, 3].map(readinessOf)).toEqual(['accepting', 'rejecting', 'no-response', 'no-attempt']);
    expect([4, -1, 127, 1.5].map(readinessOf)).toEqual([undefined, undefined, undefined, undefined]);
    expect(readinesses.map(exitCodeOf)).toEqual([0, 1, 2, 3]);
  });
});
