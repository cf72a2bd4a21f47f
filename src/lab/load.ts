// What keeps a server busy in a drill: pgbench, a session that commits in a loop inside the server, and WAL by the megabyte.

import { connect, type Session } from '../drivers/client.ts';
import { background, run, type Background } from '../drivers/process.ts';
import { Fault } from '../faults.ts';
import { seconds, showBytes, type Bytes, type Duration } from '../time.ts';
import type { Lab } from './lab.ts';
import { applicationUser, database, labFiles, type LabNode } from './layout.ts';
import { markOfLab } from './processes.ts';

export interface LoadOptions {
  /** Clients of pgbench; 0 for none. */
  readonly pgbench?: number;
  /** Its scale factor, 100 000 accounts each. */
  readonly scale?: number;
  /** One session that commits in a loop inside the server, which no client keeps alive. */
  readonly loop?: boolean;
}

const loopName = 'lifeboat loop';

/** Each turn is a transaction of its own: what goes on committing after the postmaster's death is this. */
const loopBlock = 'do $$ begin loop insert into lifeboat_drill."loop" default values; commit; end loop; end $$';

/**
 * Transactions per second of pgbench. At full speed it takes every core of the machine for itself, and what is done meanwhile
 * then measures how well the kernel shares them out; here they are never at rest, and there is one to recover with.
 */
const rate = 500;

export class Load {
  readonly #lab: Lab;
  readonly #options: LoadOptions;
  #node: LabNode;
  #pgbench: Background | undefined;
  #loop: Session | undefined;

  private constructor(lab: Lab, node: LabNode, options: LoadOptions) {
    this.#lab = lab;
    this.#node = node;
    this.#options = options;
  }

  /** Returns once it works; it ends by itself when the server goes down. */
  static async start(lab: Lab, node: LabNode, options: LoadOptions): Promise<Load> {
    const load = await Load.prepare(lab, node, options);
    await load.begin();
    return load;
  }

  /** With its tables filled, and at rest as yet. */
  static async prepare(lab: Lab, node: LabNode, options: LoadOptions): Promise<Load> {
    const load = new Load(lab, node, options);
    if ((options.pgbench ?? 0) > 0) await load.#makeTables(options.scale ?? 2);
    return load;
  }

  /** The same again on whoever is the primary now, which has the tables by replication. */
  async follow(node: LabNode): Promise<void> {
    await this.stop();
    this.#node = node;
    await this.begin();
  }

  /**
   * Writes until so much WAL lies between the redo point of the last checkpoint and its end: what a crash recovery would have to
   * read. Index entries in ascending order make the most records for the time they take. A checkpoint on the way begins anew,
   * so max_wal_size and checkpoint_timeout have to allow for it.
   */
  async untilRedo(size: Bytes, within: Duration = seconds(120)): Promise<void> {
    const deadline = performance.now() + within;
    await this.#psql('create table if not exists lifeboat_drill.fill (n int); create index on lifeboat_drill.fill (n)');
    const fill = async () => {
      while (Number(await this.#psql(redo)) < size) {
        if (performance.now() > deadline) {
          throw new Fault(
            'failed',
            `${showBytes(size)} of WAL after a checkpoint were not reached in ${String(within / 1000)} s`,
            {
              on: this.#node.name,
              hint: 'are max_wal_size and checkpoint_timeout large enough for no checkpoint to come in between?',
            },
          );
        }
        await this.#psql('insert into lifeboat_drill.fill select generate_series(1, 100000)');
      }
    };
    await Promise.all([fill(), fill()]);
  }

  /** Returns once nothing of it runs; a server that no longer answers is not waited for. */
  async stop(): Promise<void> {
    this.#pgbench?.kill();
    await this.#pgbench?.ended;
    if (this.#loop?.open === true) {
      const end = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = '${loopName}'`;
      await this.#psql(end, seconds(5)).catch(() => undefined);
    }
    this.#loop?.close();
  }

  async begin(): Promise<void> {
    const { pgbench = 0, loop = false } = this.#options;
    if (pgbench > 0) this.#startPgbench(pgbench);
    if (loop) await this.#startLoop();
  }

  async #makeTables(scale: number): Promise<void> {
    const made = await run([this.#program, '-i', '-q', '-s', String(scale), ...this.#target], {
      ...this.#surroundings,
      within: seconds(120),
    });
    if (made.code !== 0)
      throw new Fault('failed', `pgbench -i: ${made.stderr.trim() || made.how}`, { on: this.#node.name });
  }

  /** A day: it is stopped, or ends with the server. */
  #startPgbench(clients: number): void {
    this.#pgbench = background(
      [this.#program, '-n', '-c', String(clients), '-R', String(rate), '-T', '86400', ...this.#target],
      this.#surroundings,
    );
  }

  get #program(): string {
    return `${this.#lab.description.bin}/pgbench`;
  }

  get #target(): string[] {
    const { address, port } = this.#node;
    return ['-h', address, '-p', String(port), '-U', applicationUser, database];
  }

  get #surroundings() {
    const { directory, user } = this.#lab;
    return { as: user.as, env: { PGPASSFILE: labFiles(directory).passfile, [markOfLab]: directory } };
  }

  async #startLoop(): Promise<void> {
    const { address: host, port, name } = this.#node;
    const password = this.#lab.password();
    const server = { host, port, user: applicationUser, database, password, application: loopName };
    const session = await connect(server, seconds(10));
    if ('no' in session) throw new Fault('failed', `the session of the loop: ${session.no}`, { on: name });
    this.#loop = session;
    // Ends when the server does; the answer never comes.
    void session.ask(loopBlock);
  }

  #psql(sql: string, within?: Duration): Promise<string> {
    return this.#lab.psql(this.#node.name, sql, within);
  }
}

const redo = 'select pg_current_wal_lsn() - redo_lsn from pg_control_checkpoint()';
