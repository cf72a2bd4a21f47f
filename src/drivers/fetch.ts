// Brings files of a node to this machine: one guarded script at the other end, each file handed over whole, in the order asked for.

import type { Fetch, NodeName, Ran } from '../ports.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';
import { bytes, type Duration, ms, showDuration } from '../time.ts';
import { openGuarded } from './carry.ts';
import { sendScript } from './scripts/carry.ts';
import type { Shell } from './shell.ts';

type Reach = (on: NodeName) => { readonly node: NodeSite; readonly shell: Shell };

/** Files of a segment's size: each is held in memory. */
export async function fetchFiles(
  reach: Reach,
  { from, files, take, tell, stop }: Fetch,
  within: Duration,
): Promise<Ran> {
  const odd = files.find(name => !/^[\w.-]+$/.test(name) || /^\.+$/.test(name));
  if (odd !== undefined) throw new Error(`not the plain name of a file: ${odd}`);
  const deadline = performance.now() + within;
  const opened = await openGuarded(reach(from.on), from.guard, sendScript, [from.directory, ...files], within);
  if ('is' in opened) return opened;
  const { running, talk } = opened;
  const drop = (): void => running.drop();
  const timer = setTimeout(drop, ms(Math.max(1, deadline - performance.now())));
  stop.addEventListener('abort', drop);
  if (stop.aborted) drop();
  try {
    const sizes = (await talk.until('go')).map(line => /^(\d+) (.*)$/.exec(line)).filter(match => match !== null);
    const of = bytes(sizes.reduce((sum, [, size]) => sum + Number(size), 0));
    running.stdin.write('go\n');
    let done = 0;
    for (const [, size = '0', name = ''] of sizes) {
      const pieces: Buffer[] = [];
      for await (const piece of talk.bytes(Number(size))) pieces.push(piece);
      const content = Buffer.concat(pieces);
      if (content.length < Number(size)) return { is: 'cut', why: cutWhy() };
      const enough = await take(name, content);
      done += content.length;
      tell({ bytes: bytes(done), of });
      if (enough) break;
    }
    return { is: 'ended', code: 0, stdout: '', stderr: '', tried: 0 };
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', drop);
    drop();
  }

  function cutWhy(): string {
    if (stop.aborted) return 'interrupted';
    return performance.now() >= deadline ? `not done within ${showDuration(within)}` : talk.complaint();
  }
}
