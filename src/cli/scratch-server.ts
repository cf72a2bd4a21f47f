// A server of a restored data directory that nobody but we can reach: started to see that it comes up, checked, stopped.

import { statSync } from 'node:fs';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../drivers/clock.ts';
import { type Ended, run, type RunAs } from '../drivers/process.ts';
import { Fault } from '../faults.ts';
import { pgCtlStart, pgCtlStatus, pgCtlStop, pgIsready } from '../postgres/commands.ts';
import type { ControlFile } from '../postgres/control-file.ts';
import { type Duration, seconds } from '../time.ts';

const [recovery, checking] = [seconds(3600), seconds(24 * 3600)];

export interface ScratchPlace {
  /** Of the programs. */
  readonly bin: string;
  readonly data: string;
  /** A directory of our own, for its socket, settings and log. */
  readonly own: string;
  /** A superuser of the cluster, and a database. */
  readonly user: string;
  readonly database: string;
  readonly major: number;
  readonly control: ControlFile;
}

/** Every method throws a Fault `failed` with what the program said. */
export class ScratchServer {
  readonly #place: ScratchPlace;
  readonly #as: RunAs | undefined;
  readonly #log: string;

  private constructor(place: ScratchPlace, as: RunAs | undefined) {
    this.#place = place;
    this.#as = as;
    this.#log = join(place.own, 'log');
  }

  /** Its settings are ours alone: those of the source may name files, libraries and addresses that are not here. */
  static async prepare(place: ScratchPlace): Promise<ScratchServer> {
    const server = new ScratchServer(place, ownerOf(place.data));
    const texts = { 'postgresql.conf': '', 'pg_hba.conf': 'local all all trust\n', 'pg_ident.conf': '' };
    await mkdir(join(place.own, 'socket'), { mode: 0o700 });
    await giveTo(place.data, join(place.own, 'socket'));
    for (const [name, text] of Object.entries(texts)) {
      await writeFile(join(place.own, name), text);
      await giveTo(place.data, join(place.own, name));
    }
    return server;
  }

  /** Returns when recovery is over. */
  async start(): Promise<void> {
    const { bin, data } = this.#place;
    const at = { bin, data, port: 5432, socketDir: join(this.#place.own, 'socket'), log: this.#log };
    const argv = pgCtlStart({ ...at, options: this.#options() }, recovery / 1000);
    const ended = await this.#run(argv, recovery);
    if (ended.code === 0 && (await this.#recovered())) return;
    const log = (await readFile(this.#log, 'utf8').catch(() => '')).trim().split('\n');
    const why = log.filter(line => /FATAL|PANIC/.test(line)).at(-1) ?? log.at(-1) ?? said(ended);
    throw new Fault('failed', `the restored server does not come up: ${why}`, {
      hint: 'an older backup may do better: lifeboat verify --restore ID',
    });
  }

  /** pg_ctl is content with a server that replays and lets nobody in. False where it ended. */
  async #recovered(): Promise<boolean> {
    const { bin, data, own } = this.#place;
    const at = { bin, data, port: 5432, socketDir: join(own, 'socket') };
    const deadline = performance.now() + recovery;
    while (performance.now() < deadline) {
      if ((await this.#run(pgIsready(at, 5), seconds(10))).code === 0) return true;
      if ((await this.#run(pgCtlStatus(at), seconds(10))).code !== 0) return false;
      await systemClock.sleep(seconds(0.2));
    }
    return false;
  }

  /** What a server checks by itself, by the means that its version has. What was done, in a few words. */
  async check(): Promise<readonly string[]> {
    const amcheck = await this.#ask(`select count(*) from pg_available_extensions where name = 'amcheck'`);
    if (amcheck === '0') return [await this.#dump('amcheck is not installed here')];
    if (this.#place.major >= 14) {
      await this.#must('pg_amcheck', [
        '--all',
        '--install-missing',
        '--jobs=2',
        `--maintenance-db=${this.#place.database}`,
      ]);
      return ['pg_amcheck: every table and index'];
    }
    return [await this.#indexes(), await this.#dump('before 14 there is no pg_amcheck')];
  }

  /** Every B-tree of every database: bt_index_check, for what only 14 and later do by themselves. */
  async #indexes(): Promise<string> {
    const databases = (await this.#ask('select datname from pg_database where datallowconn')).split('\n');
    let count = 0;
    for (const database of databases) {
      await this.#ask('create extension if not exists amcheck', database);
      const checked = await this.#ask(
        `select count(bt_index_check(i.indexrelid)) from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
          where a.amname = 'btree' and c.relpersistence <> 't' and i.indisready and i.indisvalid`,
        database,
      );
      count += Number(checked);
    }
    return `bt_index_check: ${count} B-trees`;
  }

  async #dump(because: string): Promise<string> {
    await this.#must('pg_dumpall', ['-f', '/dev/null', '-l', this.#place.database]);
    return `pg_dumpall: every row can be read (${because})`;
  }

  /** No error where it does not run. */
  async stop(): Promise<void> {
    const { bin, data, own } = this.#place;
    await this.#run(pgCtlStop({ bin, data, port: 5432, socketDir: join(own, 'socket') }, 'fast', 300), seconds(310));
  }

  /** After {@link stop}: of a cluster that has page checksums, all of them; false where it has none. */
  async checksums(): Promise<boolean> {
    const { bin, data } = this.#place;
    const ended = await this.#run([`${bin}/pg_checksums`, '--check', '-D', data], checking);
    if (ended.code === 0) return true;
    if (/not enabled/.test(said(ended))) return false;
    throw new Fault('failed', `pg_checksums: ${said(ended)}`);
  }

  async #ask(sql: string, database = this.#place.database): Promise<string> {
    return (await this.#must('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', database, '-c', sql])).stdout.trim();
  }

  async #must(program: string, args: readonly string[]): Promise<Ended> {
    const { bin, own, user } = this.#place;
    const where = ['-h', join(own, 'socket'), '-p', '5432', '-U', user];
    const ended = await this.#run([`${bin}/${program}`, ...where, ...args], checking);
    if (ended.code === 0) return ended;
    throw new Fault('failed', `${program}: ${said(ended)}`, {
      hint: 'an older backup may do better: lifeboat verify --restore ID',
    });
  }

  #run(argv: readonly string[], within: Duration): Promise<Ended> {
    return run(argv, { as: this.#as, within });
  }

  /** On the command line, which beats what ALTER SYSTEM of the source left in postgresql.auto.conf. */
  #options(): string {
    const { own, control } = this.#place;
    const settings = {
      config_file: join(own, 'postgresql.conf'),
      hba_file: join(own, 'pg_hba.conf'),
      ident_file: join(own, 'pg_ident.conf'),
      unix_socket_directories: join(own, 'socket'),
      listen_addresses: '',
      ssl: 'off',
      archive_mode: 'off',
      shared_preload_libraries: '',
      session_preload_libraries: '',
      local_preload_libraries: '',
      logging_collector: 'off',
      log_destination: 'stderr',
      shared_buffers: '64MB',
      huge_pages: 'off',
      // Thrown away afterwards.
      fsync: 'off',
      autovacuum: 'off',
      // Nobody reads before recovery is over, so that no setting of the source can be too high to follow.
      hot_standby: 'off',
      ...control.limits,
    };
    return Object.entries(settings)
      .map(([name, value]) => `-c ${name}='${String(value)}'`)
      .join(' ');
  }
}

/** As root: whom the restored data belongs to, for PostgreSQL refuses root. */
export function ownerOf(path: string): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const { uid, gid } = statSync(path);
  return { uid, gid };
}

/** Makes it belong to whoever `data` belongs to, where we may. */
export async function giveTo(data: string, path: string): Promise<void> {
  const owner = ownerOf(data);
  if (owner) await chown(path, owner.uid, owner.gid);
}

const said = ({ stdout, stderr, how }: Ended): string => {
  const lines = `${stderr}\n${stdout}`.trim().split('\n').filter(Boolean);
  return lines.length === 0 ? how : lines.slice(0, 5).join(' · ');
};
