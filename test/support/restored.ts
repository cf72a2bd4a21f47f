// A directory of this machine that a lab's cluster is restored into, and the server that is started in it.

import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ended, run } from '../../src/drivers/process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { killAll } from '../../src/lab/processes.ts';
import { give, makeDirectories } from '../../src/lab/ownership.ts';
import { seconds } from '../../src/time.ts';
import type { Machine, Said } from './lifeboat.ts';
import { freePort } from './sshd.ts';
import { until } from './until.ts';

export class Restored {
  readonly #lab: Lab;
  readonly #root: string;
  readonly data: string;
  #port = '';

  constructor(lab: Lab) {
    this.#lab = lab;
    this.#root = mkdtempSync(join(process.env['LIFEBOAT_TEST_ROOT'] ?? tmpdir(), 'restored-'));
    give(this.#root, lab.user);
    makeDirectories(this.#root, join(this.#root, 'disk'), 0o700, lab.user);
    this.data = join(this.#root, 'disk/data');
    // A lab's node has it outside of its data directory.
    const conf = join(this.#root, 'node.conf');
    copyFileSync(join(lab.node('node1').directory, 'node.conf'), conf);
    give(conf, lab.user);
  }

  argv(...options: string[]): string[] {
    return ['restore', '--into', this.data, '--bin', this.#lab.programs.bin, '--json', '--yes', ...options];
  }

  /** What `lifeboat restore` says. */
  from(machine: Machine, ...options: string[]): Promise<Said> {
    return machine.run(...this.argv(...options));
  }

  /** Of the lab's major, as the servers' user. */
  run(program: string, ...args: string[]): Promise<Ended> {
    const { bin, as } = this.#lab.programs;
    return run([join(bin, program), ...args], { as, within: seconds(120) });
  }

  verified(): Promise<Ended> {
    return this.run('pg_verifybackup', '-n', this.data);
  }

  /** pg_ctl's answer: with a recovery that ends by a shutdown it is none. */
  async start(...more: string[]): Promise<Ended> {
    this.#port = String(await freePort('127.0.0.1'));
    const own = `-p ${this.#port} -k ${this.#root} -c listen_addresses= -c cluster_name=restored`;
    const options = [own, ...more].join(' ');
    return this.run('pg_ctl', '-D', this.data, '-l', this.#logFile, '-o', options, '-w', '-t', '90', 'start');
  }

  get log(): string {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile, 'utf8') : '';
  }

  get #logFile(): string {
    return join(this.#root, 'log');
  }

  get connection(): string[] {
    return ['-h', this.#root, '-p', this.#port, '-U', 'postgres'];
  }

  /** What psql prints, or what it complains of. */
  async ask(sql: string): Promise<string> {
    const said = await this.run('psql', '-XAtq', ...this.connection, '-d', 'postgres', '-c', sql);
    return said.code === 0 ? said.stdout.trim() : said.stderr.trim();
  }

  async recovered(): Promise<void> {
    await until(async () => (await this.ask('select pg_is_in_recovery()')) === 'f', `recovery ends:\n${this.log}`);
  }

  /** `pg_controldata`, one line of it. */
  async control(label: string): Promise<string | undefined> {
    const { stdout } = await this.run('pg_controldata', this.data);
    return stdout
      .split('\n')
      .find(line => line.startsWith(`${label}:`))
      ?.slice(label.length + 1)
      .trim();
  }

  stop(how: 'fast' | 'immediate' = 'fast'): Promise<Ended> {
    return this.run('pg_ctl', '-D', this.data, '-m', how, '-w', 'stop');
  }

  async remove(): Promise<void> {
    await killAll(this.#root);
    rmSync(this.#root, { recursive: true, force: true });
  }
}
