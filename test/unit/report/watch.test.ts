// Watching a run: live on a terminal and in plain lines; each says what is waited for, what is found and how long still.
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { JournalEvent } from '../../../src/engine/events.ts';
import type { News } from '../../../src/engine/running.ts';
import { harmless, widthOf } from '../../../src/report/columns.ts';
import { LiveWatcher } from '../../../src/report/live.ts';
import { hearNews, type LiveState, nothingYet } from '../../../src/report/live-state.ts';
import { liveLines, type LiveStyle } from '../../../src/report/live-text.ts';
import { PlainWatcher } from '../../../src/report/plain.ts';
import { checks, planOf, frozen } from './fixture.ts';
import {
  asNews,
  beginning,
  events,
  failed,
  fenced,
  finished,
  journal,
  later,
  loaded,
  logFile,
  progress,
} from './journal-fixture.ts';

let good: JournalEvent[];
let bad: JournalEvent[];
let half: JournalEvent[];
let start: JournalEvent[];
beforeAll(async () => {
  [good, bad, half, start] = (await Promise.all([finished(), failed(), fenced(), beginning()].map(events))) as [
    JournalEvent[],
    JournalEvent[],
    JournalEvent[],
    JournalEvent[],
  ];
});

const style = { width: 80, colour: false };
const waiting = progress('really-down', {
  is: 'waiting',
  until: 'node1 does not respond for 30 s (12 s so far)',
  found: 'no-response, asked from here and from node2',
  deadline: later(600),
});
const hear = (news: readonly News[], state: LiveState = nothingYet): LiveState => news.reduce(hearNews, state);
const draw = (state: LiveState, how: LiveStyle = style): string[] => liveLines(state, checks, how);

describe('live', () => {
  test('a wait: for what, what is found, how long still', () => {
    const state = { ...hear([...asNews(start), waiting]), now: later(40) };
    expect(draw(state)).toContain('      waits until  node1 does not respond for 30 s (12 s so far)');
    expect(draw(state)).toContain('      found        no-response, asked from here and from node2');
    expect(draw(state)).toContain('      gives up in  9 min 20 s');
    expect(draw({ ...state, now: later(100) })).toContain('      gives up in  8 min 20 s');
  });

  test('a long op: bytes, rate and time left', () => {
    let state = hear(asNews(half));
    for (const [second, done] of [
      [40, 0],
      [41, 50],
      [42, 100],
    ] as const) {
      state = hear([progress('promote', loaded(done * 1024 ** 2, 400 * 1024 ** 2))], { ...state, now: later(second) });
    }
    expect(draw(state)).toContain('      25 %  100 MB of 400 MB, 50 MB/s, 6 s left');
  });

  test('what was said before the bytes flowed is over', () => {
    const said = progress('promote', { is: 'output', text: 'waiting for checkpoint' });
    expect(draw(hear([...asNews(half), said]))).toContain('      says: waiting for checkpoint');
    const after = draw(hear([...asNews(half), said, progress('promote', loaded(1024, 4096))]));
    expect(after).toContain('      25 %  1 kB of 4 kB');
    expect(after.join('\n')).not.toContain('says:');
  });

  test('what a command says, its last line, and never its escapes', () => {
    const state = hear([...asNews(half), progress('promote', { is: 'output', text: 'one\n\u001b[2Jtwo\u0007\n' })]);
    expect(draw(state)).toContain('      says: two\ufffd');
  });

  test('an op has left its step, and its proof is being looked for', () => {
    const upTo = good.findIndex(event => event.e === 'ended' && event.step === 'promote');
    expect(draw(hear(asNews(good.slice(0, upTo + 1))))).toContain('      proving what it promised');
  });

  test('at the end: proofs with file and offset, and the outcome', () => {
    const lines = draw(hear(asNews(good)));
    expect(lines).toContain(`        ${logFile}:10439  new-timeline`);
    expect(lines.at(-1)).toBe('done in 37 s');
    const failure = draw(hear(asNews(bad)));
    expect(failure.join(' ')).toContain('ended after 1 min 36 s with exit 11');
    expect(failure.slice(-2)).toEqual(['HINT: what was done: lifeboat report R', '      then: lifeboat resume R']);
  });

  test('after a resume a step that had failed is in hand again', () => {
    const plan = hear(asNews(bad));
    expect(draw(plan).some(line => line.startsWith('✗ 3 promote'))).toBe(true);
    const resumed = asNews(
      journal([
        [97, { e: 'resumed', by: 'anna@ops1', options: { yes: true, acceptLoss: null } }],
        [97, { e: 'way', step: plan.story!.steps[2]!.id, way: 'only', why: null, loss: null }],
      ]),
    );
    const lines = draw(hear(resumed, plan));
    expect(lines.some(line => line.startsWith('▸ 3 promote'))).toBe(true);
    expect(lines.join(' ')).not.toContain('exit 11');
  });

  test('no line is wider than the terminal, and no more lines than it has', () => {
    const all = [...good, ...bad];
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 160 }),
        fc.integer({ min: 12, max: 40 }),
        fc.integer({ min: 1, max: all.length }),
        fc.boolean(),
        (width, height, count, colour) => {
          const news = count <= good.length ? good.slice(0, count) : bad.slice(0, count - good.length);
          const state = { ...hear([...asNews(news), waiting]), now: later(45) };
          const lines = draw(state, { width, height, colour });
          expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
          expect(lines.length).toBeLessThan(height);
          expect(lines.map(harmless)).toEqual(draw(state, { width, height, colour: false }));
        },
      ),
    );
  });

  test('a long book shows the step in hand, and counts the rest', async () => {
    const plan = await planOf(
      frozen,
      Array.from({ length: 200 }, (_, i) => ({ id: `s${String(i + 1)}`, action: 'note', with: { text: 'x' } })),
    );
    const run = journal([
      [0, { ...(start[0] as Extract<JournalEvent, { e: 'run' }>), plan }],
      [1, { e: 'step', step: plan.steps[99]!.id, mark: null }],
    ]);
    const lines = draw(hear(asNews(run)), { ...style, height: 24 });
    expect(lines.length).toBeLessThan(24);
    expect(lines.some(line => line.startsWith('▸ 100 s100'))).toBe(true);
    expect(lines.some(line => / … \d+ above$/.test(line))).toBe(true);
    expect(lines.some(line => / … \d+ to come$/.test(line))).toBe(true);
  });

  test('on a stream: redrawn, silent while a question stands there, left whole at the end', () => {
    const written: string[] = [];
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        written.push(chunk.toString());
        done();
      },
    });
    const stream = Object.assign(sink, { columns: 80, rows: 8, isTTY: false }) as unknown as NodeJS.WriteStream;
    const watcher = new LiveWatcher({ checks, stream, colour: false });
    for (const news of asNews(good)) watcher.hear(news);
    expect(written.join('')).toContain('▸ 1 really-down');
    watcher.pause();
    const before = written.length;
    watcher.tick(later(50));
    expect(written).toHaveLength(before);
    watcher.resume();
    expect(written.length).toBeGreaterThan(before);
    written.length = 0;
    watcher.end();
    expect(written.join('')).toContain(draw(hear(asNews(good))).join('\n'));
    const after = written.length;
    watcher.end();
    watcher.tick(later(60));
    expect(written).toHaveLength(after);
  });
});

describe('plain lines', () => {
  const plain = (options: object = {}): { watcher: PlainWatcher; lines: string[] } => {
    const lines: string[] = [];
    return { lines, watcher: new PlainWatcher({ checks, colour: false, write: line => lines.push(line), ...options }) };
  };

  test('one for each thing that happened, with its time', () => {
    const { watcher, lines } = plain();
    for (const news of asNews(good)) watcher.hear(news);
    const promote = '/usr/lib/postgresql/15/bin/pg_ctl -D /disk1/data -w -t 60 promote';
    expect(lines).toContain(`03:13:21 promote      began exec node2 ${promote}`);
    expect(lines).toContain('03:13:21 promote      ended exec in 200 ms: done');
    expect(lines).toContain('03:13:21 promote      proved ✓ node2 timeline is above 1');
    expect(lines.some(line => line.includes(`${logFile}:10439  2026-11-21 03:13:21 UTC LOG:  new-timeline`))).toBe(
      true,
    );
    expect(lines).toContain('03:13:21 fence        ended exec in 6 s: done (settled by looking)');
    expect(lines.at(-1)).toBe('03:13:22 done (exit 0)');
  });

  test('a wait is spoken of at once, and then every few seconds', () => {
    const { watcher, lines } = plain();
    for (const news of asNews(start)) watcher.hear(news);
    lines.length = 0;
    for (let tenth = 2; tenth < 122; tenth += 5) {
      watcher.tick(later(tenth / 10));
      watcher.hear(waiting);
    }
    expect(lines.map(line => line.slice(0, 8))).toEqual(['03:12:45', '03:12:50', '03:12:55']);
    expect(lines[0]).toContain(
      'really-down  waits until node1 does not respond for 30 s (12 s so far); found no-response, asked from here and from node2; at most 9 min 59 s more',
    );
  });

  test('a copy is spoken of once its rate is known, and then every ten seconds', () => {
    const { watcher, lines } = plain();
    for (const news of asNews(half)) watcher.hear(news);
    lines.length = 0;
    for (let second = 40; second < 65; second += 1) {
      watcher.tick(later(second));
      watcher.hear(progress('promote', loaded((second - 40) * 10 * 1024 ** 2, 400 * 1024 ** 2)));
    }
    expect(lines).toEqual([
      '03:13:26 promote      2 %  10 MB of 400 MB, 10 MB/s, 39 s left',
      '03:13:36 promote      27 %  110 MB of 400 MB, 10 MB/s, 29 s left',
      '03:13:46 promote      52 %  210 MB of 400 MB, 10 MB/s, 19 s left',
    ]);
  });

  test('of a resumed run only what is new', () => {
    const { watcher, lines } = plain({ history: half });
    expect(lines).toEqual([]);
    watcher.hear(asNews(good)[half.length]!);
    expect(lines).toEqual(['03:13:21 promote      ended exec in 200 ms: done']);
  });

  test('no control character of a server reaches the pipe', () => {
    const { watcher, lines } = plain();
    for (const news of asNews(bad)) watcher.hear(news);
    expect(lines.join('')).toContain('did not promote');
    expect(lines.join('')).not.toMatch(/\p{Cc}/u);
  });

  test('colour changes nothing but colour', () => {
    const [bare, dressed] = [plain(), plain({ colour: true })];
    for (const news of asNews(bad))
      [bare, dressed].forEach(({ watcher }) => {
        watcher.hear(news);
      });
    expect(dressed.lines.join('\n')).toContain('\u001b[31m');
    expect(dressed.lines.map(harmless)).toEqual(bare.lines);
  });
});
