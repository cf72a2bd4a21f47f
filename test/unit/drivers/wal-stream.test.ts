// WAL as it comes out of the socket: messages cut anywhere, also in their heads.

import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { Answer, CopyListener } from '../../../src/drivers/replication-command.ts';
import { encodeFromServer } from '../../../src/drivers/replication-messages.ts';
import type { Wire } from '../../../src/drivers/replication-wire.ts';
import { streamWal } from '../../../src/drivers/wal-stream.ts';
import { type Lsn, lsn } from '../../../src/postgres/lsn.ts';
import type { StreamFrom, WalSink } from '../../../src/repo/replication.ts';
import { seconds } from '../../../src/time.ts';

const from = { timeline: 1, lsn: lsn(1000n), statusEvery: seconds(10) } as StreamFrom;

/** A server that sends these messages in parts of these lengths, again and again, and then is gone. */
function played(messages: readonly Buffer[], cuts: readonly number[]): Wire {
  let turn = 0;
  const ask = async (_text: string, listener: CopyListener): Promise<Answer> => {
    listener.began?.();
    for (const message of messages) {
      for (let at = 0; at < message.length;) {
        const part = Buffer.from(message.subarray(at, at + (cuts[turn++ % cuts.length] ?? 1)));
        listener.part?.(part, at === 0, at + part.length === message.length);
        at += part.length;
        // As the socket does: the next bytes lie where these lay.
        part.fill(0xee);
      }
      await Promise.resolve();
    }
    return gone;
  };
  return wireTo(ask);
}

const gone: Answer = { is: 'lost', why: 'gone', results: [] };

function wireTo(ask: (text: string, listener: CopyListener) => Promise<Answer>): Wire {
  const nothing = (): void => undefined;
  return {
    name: 'node1',
    ask,
    send: nothing,
    pause: nothing,
    resume: nothing,
    endCopy: nothing,
    cut: nothing,
  } as never;
}

class Kept implements WalSink {
  bytes = Buffer.alloc(0);
  heardOf: Lsn[] = [];

  wal(start: Lsn, chunk: Buffer): Promise<void> {
    expect(start).toBe(from.lsn + BigInt(this.bytes.length));
    this.bytes = Buffer.concat([this.bytes, chunk]);
    return Promise.resolve();
  }
  flush(): Promise<{ written: Lsn; flushed: Lsn }> {
    const end = lsn(from.lsn + BigInt(this.bytes.length));
    return Promise.resolve({ written: end, flushed: end });
  }
  heard(walEnd: Lsn): void {
    this.heardOf.push(walEnd);
  }
}

const wal = (start: Lsn, bytes: Buffer): Buffer =>
  encodeFromServer({ is: 'wal', start, walEnd: lsn(start + BigInt(bytes.length)), at: 0n, bytes });
const keepalive = (walEnd: Lsn): Buffer => encodeFromServer({ is: 'keepalive', walEnd, at: 0n, replyRequested: false });

test('however the messages are cut, all of the WAL comes, and every word about where the server is', async () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 8 });
  const cuts = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(pieces, cuts, async (contents, lengths) => {
      let at = from.lsn;
      const messages = contents.flatMap(content => {
        const message = wal(at, Buffer.from(content));
        at = lsn(at + BigInt(content.length));
        return [message, keepalive(at)];
      });
      const sink = new Kept();
      const end = await streamWal(played(messages, lengths), from, sink, new AbortController().signal);
      expect(end).toEqual({ is: 'lost', why: 'gone' });
      expect(sink.bytes.equals(Buffer.concat(contents))).toBe(true);
      expect(sink.heardOf).toHaveLength(messages.length);
      expect(sink.heardOf.at(-1)).toBe(at);
    }),
    { numRuns: 50 },
  );
});

test('a commit is flushed soon where there is always a little more to read', async () => {
  const sink = new Kept();
  const flushed = vi.spyOn(sink, 'flush');
  // Less than what is flushed for its size alone.
  const most = 50_000;
  let sent = 0;
  const ask = async (_text: string, listener: CopyListener): Promise<Answer> => {
    for (; sent < most && flushed.mock.calls.length === 0; sent += 1) {
      const message = wal(lsn(from.lsn + BigInt(sent * 100)), Buffer.alloc(100));
      listener.part?.(message, true, true);
      await new Promise(resolve => setImmediate(resolve));
    }
    return gone;
  };
  await streamWal(wireTo(ask), from, sink, new AbortController().signal);
  expect(sent).toBeLessThan(most);
});

test.each([
  ['WAL of another place', wal(lsn(5000n), Buffer.from('wal')), 'came where 0/3E8 was expected'],
  ['a message of another type', Buffer.from('x'.repeat(30)), 'a message of type 120'],
  ['a keepalive that is too short', keepalive(lsn(1n)).subarray(0, 10), 'a message of type 107'],
])('%s is no WAL', async (_name, message, words) => {
  const heard = streamWal(played([message], [7]), from, new Kept(), new AbortController().signal);
  await expect(heard).rejects.toThrow(words);
});
