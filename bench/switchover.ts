// The gap that a client sees in a switchover under load: beside bare `pg_ctl` in a row, and `repmgr standby switchover`.

import type { LabNode } from '../src/lab/lab.ts';
import { labFiles, replicationUser } from '../src/lab/layout.ts';
import { putFile } from '../src/lab/ownership.ts';
import { mark } from '../src/lab/server.ts';
import { Writer } from '../src/lab/writer.ts';
import { conninfo } from '../src/postgres/connection.ts';
import { settingLine } from '../src/postgres/settings.ts';
import { seconds } from '../src/time.ts';
import { lifeboat, makePair, type Pair, pgCtl, succeed } from './cluster.ts';
import { contest, type Contestant, ratio, report } from './contest.ts';
import { makeRepmgrPair, repmgr, repmgrVersion } from './repmgr.ts';

/** There and back and there again: an even number leaves each pair as it was. */
const rounds = 4;
const rate = 400;

export async function switchover(): Promise<void> {
  const version = await repmgrVersion();
  const pairs: Pair[] = [];
  const took = new Map<string, number[]>();
  const one = async (name: string, make: () => Promise<Pair>, act: Act): Promise<Contestant> => {
    const pair = await make();
    pairs.push(pair);
    return { name, measure: round => gap(pair, round, act, ms => took.set(name, [...(took.get(name) ?? []), ms])) };
  };
  try {
    const contestants = [
      await one('pg_ctl in a row', makePair, bare),
      await one('lifeboat run switchover', makePair, ({ lab }) => lifeboat(lab, 'run', 'switchover', '--yes')),
      ...(version === undefined
        ? []
        : [
            await one('repmgr standby switchover', makeRepmgrPair, pair =>
              repmgr(pair, pair.standby, 'standby', 'switchover'),
            ),
          ]),
    ];
    const results = await contest(contestants, rounds);
    report(
      `switchover, the gap that a client sees (${String(rate)} commits a second until then):`,
      results,
      ...[...took].map(([name, all]) => `all of ${name}: ${all.map(ms => (ms / 1000).toFixed(1)).join(', ')} s`),
      version === undefined
        ? 'repmgr is not installed here, or not for this PostgreSQL: not measured'
        : `lifeboat's gap is ${ratio(results, 'lifeboat run switchover', 'repmgr standby switchover')} times that of ${version}`,
    );
  } finally {
    for (const { lab } of pairs) await lab.destroy();
  }
}

type Act = (pair: Pair) => Promise<void>;

/** From the last row that the old primary acknowledged to the first that the new one did. */
async function gap(made: Pair, round: number, act: Act, whole: (ms: number) => void): Promise<number> {
  const { lab } = made;
  const [primary, standby] = round % 2 === 0 ? [made.primary, made.standby] : [made.standby, made.primary];
  const writer = new Writer(lab, { rate });
  try {
    if (!(await writer.reached(rate / 2, seconds(30), primary.name)))
      throw new Error(`${primary.name} takes no writes`);
    const start = performance.now();
    await act({ lab, primary, standby });
    whole(performance.now() - start);
    if (!(await writer.reached(10, seconds(30), standby.name))) throw new Error(`${standby.name} takes no writes`);
    await writer.stop();
    await lab.streaming(standby.name, 1);
    const { lost } = await writer.compare(standby.name);
    if (lost > 0) throw new Error(`${String(lost)} rows lost`);
    return writer.gap(primary.name, standby.name) ?? Number.NaN;
  } finally {
    await writer.stop();
  }
}

/** What every switchover does, and nothing to make sure of it. */
async function bare({ lab, primary, standby }: Pair): Promise<void> {
  await pgCtl(lab, primary, '-m', 'fast', 'stop');
  await pgCtl(lab, standby, 'promote');
  follow({ lab, primary, standby }, primary);
  const start = ['-D', primary.data, '-w', '-l', primary.log, 'start'];
  await succeed(lab, [`${lab.description.bin}/pg_ctl`, ...start], mark(primary));
}

function follow({ lab, standby }: Pair, node: LabNode): void {
  const { passfile } = labFiles(lab.directory);
  const upstream = conninfo({ host: standby.address, port: standby.port, user: replicationUser, passfile });
  putFile(`${node.data}/standby.signal`, '', 0o600, lab.user);
  putFile(`${node.data}/postgresql.auto.conf`, `${settingLine('primary_conninfo', upstream)}\n`, 0o600, lab.user);
}
