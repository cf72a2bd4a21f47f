// From the command to a writable primary, fence and salvage included: beside bare `pg_ctl promote` and `repmgr standby promote`.

import { fileURLToPath } from 'node:url';
import { run } from '../src/drivers/process.ts';
import { seconds } from '../src/time.ts';
import { killServer, lifeboat, makePair, type Pair, pgCtl, writable } from './cluster.ts';
import { contest, type Contestant, ratio, report } from './contest.ts';
import { makeRepmgrPair, repmgr, repmgrVersion } from './repmgr.ts';
import { median } from './terminal.ts';

const rounds = 3;

export async function failover(): Promise<void> {
  const version = await repmgrVersion();
  const contestants: Contestant[] = [
    one('pg_ctl promote', makePair, ({ lab, standby }) => pgCtl(lab, standby, 'promote')),
    one('lifeboat run failover', makePair, ({ lab }) =>
      lifeboat(lab, 'run', 'failover', '-p', 'down_for=0s', '--yes', '--accept-loss', 'unknown'),
    ),
    ...(version === undefined
      ? []
      : [one('repmgr standby promote', makeRepmgrPair, pair => repmgr(pair, pair.standby, 'standby', 'promote'))]),
  ];
  const results = await contest(contestants, rounds);
  const start = await ownStart();
  report(
    'failover, from the command to a writable primary (the old one killed with all its processes):',
    results,
    `lifeboat's own start, in that: ${start.toFixed(0)} ms (\`lifeboat --version\`); the rest looks, fences, salvages WAL, proves`,
    version === undefined
      ? 'repmgr is not installed here, or not for this PostgreSQL: not measured'
      : `${version} neither fences nor salvages; lifeboat takes ${ratio(results, 'lifeboat run failover', 'repmgr standby promote')} times as long`,
  );
}

function one(name: string, make: () => Promise<Pair>, act: (pair: Pair) => Promise<void>): Contestant {
  return {
    name,
    async measure() {
      const pair = await make();
      try {
        await killServer(pair.primary);
        const done = writable(pair.lab, pair.standby);
        const start = performance.now();
        await Promise.all([act(pair), done]);
        return (await done) - start;
      } finally {
        await pair.lab.destroy();
      }
    },
  };
}

async function ownStart(): Promise<number> {
  const argv = [process.execPath, fileURLToPath(new URL('../../bin/lifeboat.js', import.meta.url)), '--version'];
  const times: number[] = [];
  for (let i = 0; i < 5; i += 1) {
    const start = performance.now();
    await run(argv, { within: seconds(30) });
    times.push(performance.now() - start);
  }
  return median(times);
}
