// Carries files from one node to another, through this machine: streamed, counted, hashed on the way, and compared at the end.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Carry, HostGuard, NodeName, Ran, Site } from '../ports.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';
import { bytes, type Duration, ms, showDuration } from '../time.ts';
import { silentBy } from './exec.ts';
import { newMark } from './frames.ts';
import { guardArgs } from './scripts/guard.ts';
import { siteArgs } from './scripts/prelude.ts';
import { receiveScript, sendScript } from './scripts/carry.ts';
import type { Running, Shell } from './shell.ts';
import { type Said, Talk } from './talk.ts';

type Reach = (on: NodeName) => { readonly node: NodeSite; readonly shell: Shell };

export interface CarryOptions {
  readonly within: Duration;
  readonly tell: Parameters<Site['carry']>[2];
  readonly stop: AbortSignal;
}

interface End {
  readonly running: Running;
  readonly talk: Talk;
}

type Opened = End | Extract<Ran, { is: 'refused' | 'silent' }>;

export async function carry(reach: Reach, what: Carry, options: CarryOptions): Promise<Ran> {
  const names = what.files;
  const odd = names.find(name => !/^[\w.-]+$/.test(name) || /^\.+$/.test(name));
  if (odd !== undefined) throw new Error(`not the plain name of a file: ${odd}`);
  const deadline = performance.now() + options.within;
  const source = await openGuarded(
    reach(what.from.on),
    what.from.guard,
    sendScript,
    [what.from.directory, ...names],
    options.within,
  );
  if ('is' in source) return source;
  const target = await openGuarded(
    reach(what.to.on),
    what.to.guard,
    receiveScript,
    [what.to.directory],
    options.within,
  );
  if ('is' in target) {
    source.running.drop();
    return target;
  }
  const ends = [source, target];
  const drop = (): void => {
    for (const { running } of ends) running.drop();
  };
  const late = { is: 'cut' as const, why: `not done within ${showDuration(options.within)}, or interrupted` };
  return new Promise((resolve, reject) => {
    const stopped = (): void => {
      drop();
      resolve(late);
    };
    const timer = setTimeout(stopped, ms(Math.max(1, deadline - performance.now())));
    options.stop.addEventListener('abort', stopped);
    if (options.stop.aborted) stopped();
    transfer(source, target, options.tell)
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
        options.stop.removeEventListener('abort', stopped);
        drop();
      });
  });
}

/** The end of a transfer at a node: its script, begun where its guard held. */
export async function openGuarded(
  { node, shell }: ReturnType<Reach>,
  guard: HostGuard,
  script: string,
  more: readonly string[],
  within: Duration,
): Promise<Opened> {
  try {
    const found = await shell.hostKey(within);
    if (found !== guard.hostKey)
      return { is: 'refused', what: `host key of ${node.name}`, expected: guard.hostKey, found };
    const mark = newMark();
    const running = await shell.start(
      { script, args: [...siteArgs(mark, node), ...guardArgs(guard), ...more] },
      within,
    );
    running.stdin.on('error', () => undefined);
    const talk = new Talk(running, mark);
    const ready = await talk.next(within);
    if (ready?.name === 'ready') return { running, talk };
    const refused = ready?.name === 'refused' ? await talk.lines(3) : undefined;
    // What it has to complain of comes on the other stream, and may come later.
    if (!refused && ready) await talk.next(within).then(() => running.ended);
    running.drop();
    if (!refused) return { is: 'silent', why: `${node.name}: ${talk.complaint()}` };
    const [what = '', expected = '', seen = ''] = refused;
    return { is: 'refused', what: `${what} of ${node.name}`, expected, found: seen };
  } catch (error) {
    return { is: 'silent', why: silentBy(error).why };
  }
}

async function transfer(source: End, target: End, tell: CarryOptions['tell']): Promise<Ran> {
  const sizes = (await source.talk.until('go')).map(line => /^(\d+) (.*)$/.exec(line)).filter(match => match !== null);
  await target.talk.until('go');
  const files = sizes.map(([, size, name = '']) => ({ size: Number(size), name }));
  const of = bytes(files.reduce((sum, { size }) => sum + size, 0));
  source.running.stdin.write('go\n');
  const into = target.running.stdin;
  into.write([String(of), ...files.map(({ size, name }) => `${String(size)} ${name}`), '.', ''].join('\n'));

  // Heard from now on: a target that gives up (no room, no right to write) says so in the middle of the stream.
  let verdict: Said | 'gone' | undefined;
  const heard = target.talk.next().then(said => (verdict = said ?? 'gone'));
  let done = 0;
  const sums: string[] = [];
  for (const { size, name } of files) {
    const hash = createHash('sha256');
    for await (const piece of source.talk.bytes(size)) {
      if (verdict !== undefined) break;
      hash.update(piece);
      if (!into.write(piece)) await drained(into, heard);
      done += piece.length;
      tell({ bytes: bytes(done), of });
    }
    sums.push(`${hash.digest('hex')}  ${name}\n`);
  }
  const lost = verdict === undefined && done < of;
  if (!lost) into.write(sums.join(''));
  into.end();
  const last = await heard;
  if (lost) return { is: 'cut', why: `${String(done)} of ${String(of)} bytes came: ${source.talk.complaint()}` };
  if (last === 'gone') return { is: 'cut', why: target.talk.complaint() };
  if (last.name === 'ended') return { is: 'ended', code: 0, stdout: '', stderr: '', tried: 0 };
  await target.talk.next();
  const end = await target.running.ended;
  return {
    is: 'ended',
    code: end.is === 'ended' ? end.code : 1,
    stdout: '',
    stderr: target.talk.complaint(),
    tried: 0,
  };
}

/** Resolves when there is room again, or when the other end has said its last word. */
async function drained(into: Writable, heard: Promise<unknown>): Promise<void> {
  const gone = new AbortController();
  await Promise.race([once(into, 'drain', { signal: gone.signal }).catch(() => undefined), heard]);
  gone.abort();
}
