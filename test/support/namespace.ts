// A network of its own on this machine, in which the way from one user to one address can be cut. For root, with iproute2.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Why none can be had here; undefined where one can. */
export function withoutNamespace(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can cut a link';
  try {
    const namespace = new Namespace('try');
    try {
      namespace.cut('127.0.0.1');
    } finally {
      namespace.remove();
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export class Namespace {
  readonly #name: string;

  constructor(name: string) {
    this.#name = `lifeboat-${String(process.pid)}-${name}`;
    ip('netns', 'add', this.#name);
    removeOrphans();
    ip('-n', this.#name, 'link', 'set', 'lo', 'up');
    // What is cut is asked before the table of local addresses, which stands first everywhere.
    ip('-n', this.#name, 'rule', 'add', 'pref', '100', 'lookup', 'local');
    ip('-n', this.#name, 'rule', 'del', 'pref', '0');
  }

  /** What to put before a command to run it in there. */
  get through(): string[] {
    return ['ip', 'netns', 'exec', this.#name];
  }

  /** For the processes of one user, or for all: nothing goes to the address any more, on connections that are open neither. */
  cut(address: string, uid?: number): void {
    const who = uid === undefined ? [] : ['uidrange', `${String(uid)}-${String(uid)}`];
    ip('-n', this.#name, 'rule', 'add', 'pref', '10', ...who, 'to', address, 'unreachable');
  }

  remove(): void {
    spawnSync('ip', ['netns', 'del', this.#name]);
  }
}

function ip(...args: string[]): void {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' });
  if (error) throw new Error('there is no ip: apt-get install iproute2');
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()}`);
}

/** A test that was killed leaves its own behind. */
function removeOrphans(): void {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  for (const [name, pid] of stdout.matchAll(/^lifeboat-(\d+)-\S+/gm)) {
    if (!existsSync(`/proc/${pid!}`)) spawnSync('ip', ['netns', 'del', name]);
  }
}
