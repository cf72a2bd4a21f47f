// Asks a server with the real pg_isready, at the pace of a shell: what our own question is told must be what this one is told.

import { readFileSync } from 'node:fs';
import { background } from '../drivers/process.ts';
import { readinessOf } from '../postgres/isready.ts';
import type { Duration } from '../time.ts';
import type { Lab } from './lab.ts';
import type { LabNode } from './layout.ts';
import { markOfLab } from './processes.ts';
import type { Sample } from './samples.ts';

/** It takes the time from the machine's uptime itself, to 10 ms, without a further program. A second is pg_isready's shortest patience. */
const loop = `
while :; do
  read -r asked idle </proc/uptime
  "$1" -q -h "$2" -p "$3" -t 1; code=$?
  read -r came idle </proc/uptime
  echo "$code $asked $came" || exit
  sleep "$4"
done`;

/** Returns the function that ends it. */
export function askFromShell(
  lab: Lab,
  node: LabNode,
  pause: Duration,
  tell: (sample: Sample) => void,
): () => Promise<void> {
  const offset = performance.now() - uptime();
  const ticks = (up: number): number => up * 1000 + offset;
  const argv = [
    '/bin/sh',
    '-c',
    loop,
    'sh',
    `${lab.description.bin}/pg_isready`,
    node.address,
    String(node.port),
    String(pause / 1000),
  ];
  const child = background(argv, {
    as: lab.user.as,
    env: { [markOfLab]: lab.directory },
    onLine(line) {
      const [code, asked, came] = line.split(' ').map(Number);
      const is = readinessOf(code ?? Number.NaN);
      if (is !== undefined && asked !== undefined && came !== undefined)
        tell({ is, asked: ticks(asked), came: ticks(came) });
    },
  });
  return async () => {
    child.kill();
    await child.ended;
  };
}

const uptime = (): number => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
