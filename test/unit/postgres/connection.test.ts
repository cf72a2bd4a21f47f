// Connection strings: read as libpq reads them, and never printed with a password.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  conninfo,
  parseConninfo,
  secretsIn,
  showConninfo,
  replicationNameOf,
  upstreamOf,
} from '../../../src/postgres/connection.ts';

describe('conninfo', () => {
  it('is built from what is given', () => {
    expect(conninfo({ host: '172.16.3.102', port: 5432, user: 'repuser', application_name: 'node1' })).toBe(
      'host=172.16.3.102 port=5432 user=repuser application_name=node1',
    );
  });

  it('quotes what needs it', () => {
    expect(conninfo({ host: '/run dir', user: "o'hara\\x", dbname: '' })).toBe(
      String.raw`host='/run dir' user='o\'hara\\x' dbname=''`,
    );
  });

  it('reads back any value it wrote', () => {
    const value = fc.string({ unit: 'binary' }).filter(text => !text.includes('\0'));
    fc.assert(
      fc.property(value, value, (host, user) => {
        expect(parseConninfo(conninfo({ host, user }))).toEqual({ host, user });
      }),
    );
  });

  it.each([
    ['host=a port = 5433  user= b', { host: 'a', port: '5433', user: 'b' }],
    [String.raw`password='it\'s \\ me' host=a`, { password: "it's \\ me", host: 'a' }],
    [String.raw`host=a\ b`, { host: 'a b' }],
    ['host=a host=b', { host: 'b' }],
    ['  ', {}],
    ['postgres://', {}],
    [
      'postgresql://u:p%40ss@h:5433/db?application_name=n1',
      { user: 'u', password: 'p@ss', host: 'h', port: '5433', dbname: 'db', application_name: 'n1' },
    ],
    [
      'postgres://a:1,b:2/db?target_session_attrs=read-write',
      { host: 'a,b', port: '1,2', dbname: 'db', target_session_attrs: 'read-write' },
    ],
    ['postgres://[::1]:5432/x', { host: '::1', port: '5432', dbname: 'x' }],
    ['postgres:///db?host=/run/postgresql', { host: '/run/postgresql', dbname: 'db' }],
    ['postgres://%2Frun%2Fpg/db', { host: '/run/pg', dbname: 'db' }],
  ])('reads %s', (text, parameters) => {
    expect(parseConninfo(text)).toEqual(parameters);
  });

  it.each([
    'host',
    "host='a",
    "host='a'b",
    '=x',
    'host=a user',
    'postgres://h/db?x',
    'postgres://%zz',
    'postgres://h:port:x',
  ])('refuses %s', text => {
    expect(parseConninfo(text)).toBeUndefined();
    expect(showConninfo(text)).toBe('<a connection string that cannot be read>');
  });

  it('shows no secret, in whatever spelling it came', () => {
    const secret = 'correct horse';
    for (const text of [
      `host=a password='${secret}' user=b`,
      `postgres://b:${encodeURIComponent(secret)}@a/`,
      `postgres://a/?password=${encodeURIComponent(secret)}`,
      `host=a sslpassword='${secret}'`,
    ]) {
      expect(showConninfo(text)).toContain('=<secret>');
      expect(showConninfo(text)).not.toContain('horse');
      expect(secretsIn(parseConninfo(text) ?? {})).toEqual([secret]);
    }
  });

  it('leaves secrets out of what it builds, also from a string that held one', () => {
    expect(conninfo(parseConninfo('host=a password=geheim user=b') ?? {})).toBe('host=a user=b');
  });
});

describe('a primary_conninfo', () => {
  it.each([
    ['host=172.16.3.101 port=5433 user=repuser', '172.16.3.101:5433'],
    ["host='db1,db2' user=repuser", 'db1:5432,db2:5432'],
    ['host=db1,db2 port=5433,', 'db1:5433,db2:5432'],
    ['hostaddr=10.0.0.1', '10.0.0.1:5432'],
    ['postgres://repuser@db1:6000/?application_name=x', 'db1:6000'],
    ['', ''],
    ["host='unclosed", ''],
  ])('%j names %j', (text, upstream) => {
    expect(upstreamOf(text)).toBe(upstream);
  });

  it('gives the receiver its name, or the cluster does', () => {
    expect(replicationNameOf('host=a application_name=b', 'c')).toBe('b');
    expect(replicationNameOf('host=a', 'c')).toBe('c');
    expect(replicationNameOf('host=a', '')).toBe('walreceiver');
  });
});
