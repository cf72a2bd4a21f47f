// A survey's answer, with pg_isready's line in any place and a login shell that talks.

import { expect, it } from 'vitest';
import { readSurvey } from '../../../src/drivers/survey-read.ts';

const answer = `Welcome to db1!
@x lock nonsense

@m at 1795263444.131000000

@m data full

@m postmaster 123@1795263443

@m process 123 S postgres

@m process 130 T postgres: checkpointer

@m walwritable

@m free
Filesystem     1024-blocks    Used Available Capacity Mounted on
a name             1000     200       800      20% /d
b                  1000     200       700      20% /w

@m log 77 562 /var/log/a b.log

@m lock 1795263444.5 1795263434.250
token=t=1
run=r
owner=me@here
pid=9
book=failover

@m control
nothing readable

@m end
`;
const ready = '\n@m ready 1\n';

it('is the same wherever the line of pg_isready falls', () => {
  const whole = readSurvey(Buffer.from(answer + ready), 'm');
  expect(whole).toEqual({
    at: '2026-11-21T12:17:24.131Z',
    processes: [
      { pid: 123, state: 'S', command: 'postgres' },
      { pid: 130, state: 'T', command: 'postgres: checkpointer' },
    ],
    postmaster: { pid: 123, started: 1795263443 },
    data: 'full',
    control: null,
    standbySignal: false,
    fence: null,
    ready: 'rejecting',
    log: { inode: 77, offset: 562, file: '/var/log/a b.log' },
    walWritable: true,
    free: { data: 800 * 1024, wal: 700 * 1024 },
    lock: { token: 't=1', run: 'r', owner: 'me@here', pid: 9, book: 'failover', age: 10250 },
  });
  for (let at = answer.indexOf('\n@m at'); at <= answer.length; at += 1) {
    expect(readSurvey(Buffer.from(answer.slice(0, at) + ready + answer.slice(at)), 'm')).toEqual(whole);
  }
});

it('is none where it is not whole', () => {
  expect(readSurvey(Buffer.from(answer.slice(0, -8)), 'm')).toBeUndefined();
  expect(readSurvey(Buffer.from(''), 'm')).toBeUndefined();
});
