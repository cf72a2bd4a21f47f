// The same way back by hand, with pgBackRest: what an operator types who knows it well, without the time to think and to type.

import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../src/drivers/process.ts';
import type { LabNode } from '../src/lab/lab.ts';
import { give } from '../src/lab/ownership.ts';
import { until } from '../src/lab/probe.ts';
import { mark } from '../src/lab/server.ts';
import { readTransactionEnd } from '../src/lab/transaction-ends.ts';
import { type Instant, seconds } from '../src/time.ts';
import { pgBackRest } from './backup-peers.ts';
import { type Pair, pgCtl, succeed } from './cluster.ts';
import { measured } from './measured.ts';
import { timed, type Took } from './parts.ts';
import type { Proof } from './way-back-lifeboat.ts';

export interface ByHand {
  /** Where it keeps everything. */
  readonly home: string;
  backUp(): Promise<void>;
  back(table: string, proof: Proof): Promise<Took>;
}

/** Undefined where it is not installed. */
export function byHand(pair: Pair): ByHand | undefined {
  const { lab, primary, standby } = pair;
  const peer = pgBackRest(lab, primary);
  if (peer === undefined) return undefined;
  const home = join(lab.directory, 'pgbackrest');
  const config = join(home, 'pgbackrest.conf');
  return {
    home,
    async backUp() {
      await peer.prepare();
      // Segments come side by side, ahead of where replay is; one by one it would wait for a process each.
      appendFileSync(config, '[global:archive-get]\narchive-async=y\n');
      await peer.full();
    },
    async back(table, proof) {
      const [find, time] = await timed(() => findTime(pair, `${home}/repository/archive/bench`, table));
      const [stop] = await timed(async () => {
        for (const node of [primary, standby]) await pgCtl(lab, node, '-m', 'fast', 'stop');
      });
      const target = `--target=${time.replace('T', ' ').replace('Z', '+00')}`;
      const options = ['--delta', '--link-all', '--type=time', target, '--target-exclusive', '--target-action=promote'];
      const restore = ['pgbackrest', `--config=${config}`, '--stanza=bench', ...options, 'restore'];
      const [restored] = await timed(() => measured(restore, { as: lab.user.as }));
      const [replay] = await timed(() => recover(pair));
      const [prove] = await timed(() => provenBy(pair, proof));
      return { find, plan: 0, stop, restore: restored, replay, prove };
    },
  };
}

/**
 * `FROM TO FILE BIN`: all of the archive unpacked, and read by two at once, the second from the segment where the first one ends, for a
 * record may lie across. TRUNCATE leaves no record of its own: its transaction makes a new file and drops the former one.
 */
const findScript = `
find "$1" -name '*.zst' | xargs -P 2 -I{} sh -c 'name=\${1##*/}; zstd -qdc "$1" >"$2/\${name%%-*}"' - {} "$2" || exit
cd "$2" && set -- "$3" "$4" $(ls | grep -E '^[0-9A-F]{24}$') || exit
file=$1 dump="$2/pg_waldump -r Storage -r Transaction"
shift 2
first=$1 middle=$(echo "$@" | cut -d' ' -f $((($# + 1) / 2))) last=$(echo "$@" | cut -d' ' -f $#)
of() { $dump "$1" "$2" 2>/dev/null | grep -E "CREATE $file\\$|COMMIT .*rels:" >"found-$3"; }
of "$first" "$middle" 1 & of "$middle" "$last" 2 & wait
cat found-1 found-2`;

/** When the transaction that emptied the table was committed, out of the archive. */
async function findTime({ lab, primary }: Pair, archive: string, table: string): Promise<Instant> {
  const work = join(lab.directory, 'by-hand');
  mkdirSync(work);
  give(work, lab.user);
  const file = await lab.psql(primary.name, `select pg_relation_filepath('${table}')`);
  const argv = ['bash', '-c', findScript, 'find', archive, work, file, lab.description.bin];
  const { code, stdout, stderr } = await run(argv, { as: lab.user.as, within: seconds(3600), env: { TZ: 'UTC' } });
  const lines = stdout.split('\n');
  const xid = lines.map(line => /\btx: +(\d+), .*\bCREATE /.exec(line)?.[1]).find(found => found !== undefined);
  const end = lines.map(readTransactionEnd).find(found => found !== undefined && found.xid === xid);
  if (end === undefined) throw new Error(`pg_waldump does not find the TRUNCATE: ${code ?? ''}\n${stdout}\n${stderr}`);
  return end.time;
}

async function recover({ lab, primary }: Pair): Promise<void> {
  const start = ['-D', primary.data, '-w', '-t', '170', '-l', primary.log, 'start'];
  await succeed(lab, [`${lab.description.bin}/pg_ctl`, ...start], mark(primary));
  const promoted = async (): Promise<boolean> => (await lab.psql(primary.name, 'select pg_is_in_recovery()')) === 'f';
  if (!(await until(seconds(1800), promoted, 50))) throw new Error(`${primary.name} does not come out of recovery`);
}

async function provenBy({ lab, primary }: Pair, { query, value }: Proof): Promise<void> {
  await commit(lab, primary);
  const found = await lab.psql(primary.name, query, seconds(300));
  if (found !== value) throw new Error(`restored by hand: ${query} gives ${found}, not ${value}`);
}

const commit = (lab: Pair['lab'], { name }: LabNode): Promise<string> =>
  lab.psql(name, "select pg_logical_emit_message(true, 'bench', 'proof of life')");
