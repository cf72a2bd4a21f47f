// The part of a restore that is the same on every machine: looking, making directories, clearing away and settling, by scripts.

import { Fault } from '../faults.ts';
import type { HostGuard } from '../ports.ts';
import { HeldBack } from '../repo/held-back.ts';
import {
  type Beginning,
  type Marker,
  type Places,
  type PlaceSeen,
  type RestoreTarget,
  type TargetSeen,
} from '../repo/restore-target.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';
import { bytes, type Duration, seconds } from '../time.ts';
import { type Done, exec } from './exec.ts';
import { newMark, type Section, sections } from './frames.ts';
import { guardArgs, guardCount, guardScript } from './scripts/guard.ts';
import { prelude, siteArgs } from './scripts/prelude.ts';
import { beginScript, finishScript, lookScript, namesScript, removeScript } from './scripts/restore.ts';
import type { Shell } from './shell.ts';

export interface ShellPlace {
  readonly shell: Shell;
  readonly places: Places;
  /** For messages. */
  readonly where: string;
  /** A node's name, in front of messages. */
  readonly on?: string;
  /** What must be true there when the first thing is changed, and once more before the data can be started. */
  readonly guard?: PlaceGuard;
}

export interface PlaceGuard {
  readonly node: NodeSite;
  readonly holds: HostGuard;
}

/** A look must end soon; a file system with gigabytes to be made durable may take its time. */
const [short, long] = [seconds(30), seconds(6 * 3600)];

export function shellTarget(place: ShellPlace, write: RestoreTarget['write']): RestoreTarget {
  const { places, where } = place;
  const directories = [
    places.data,
    ...(places.wal === null ? [] : [places.wal]),
    ...places.tablespaces.map(({ location }) => location),
  ];
  return {
    where,
    async look() {
      const args = [places.data, places.wal ?? '', places.bin ?? '', ...places.tablespaces.map(one => one.location)];
      return seenBy(places, await said(place, lookScript, args, short));
    },
    async begin({ marker, mode, owner, aside }: Beginning) {
      const name = `lifeboat-${aside}`;
      const links = places.tablespaces.flatMap(({ oid, location }) => [oid, location]);
      const fixed = [places.data, places.wal ?? '', owner ?? '', mode.toString(8), name, JSON.stringify(marker)];
      const found = await guarded(place, beginScript, [...fixed, ...links], long);
      const moved = found.some(section => section.name === 'aside');
      return { aside: moved ? `${places.wal ?? `${places.data}/pg_wal`}/${name}` : null };
    },
    write,
    async prune(keep) {
      const clusters = new Set([...keep].flatMap(path => /^pg_tblspc\/\d+\/PG_\w+$/.exec(path) ?? []));
      const listed = await output(place, namesScript, [places.data, ...clusters], long, bytes(1024 ** 3));
      const removed = superfluous(listed, keep);
      if (removed.length > 0) {
        const stdin = Buffer.from(removed.map(path => `./${path}\0`).join(''), 'latin1');
        await output(place, removeScript, [places.data], long, undefined, stdin);
      }
      return removed.length;
    },
    async finish({ owner }) {
      await guarded(place, finishScript, [owner ?? '', ...directories], long);
    },
    close: () => place.shell.close(),
  };
}

/** What goes; not what goes with a directory above it. Names as latin1, a char for each byte. */
export function superfluous(listed: Buffer, keep: ReadonlySet<string>): string[] {
  const kept = new Set([...keep].map(path => Buffer.from(path).toString('latin1')));
  // Names that are no UTF-8 are kept with a char for each byte already.
  for (const path of keep) kept.add(path);
  const gone = new Set<string>();
  const top: string[] = [];
  for (const name of listed.toString('latin1').split('\0')) {
    const path = name.replace(/^\.\//, '').replaceAll(/\/+/g, '/').replace(/\/$/, '');
    if (path === '' || kept.has(path)) continue;
    gone.add(path);
    if (!gone.has(path.slice(0, Math.max(0, path.lastIndexOf('/'))))) top.push(path);
  }
  return top;
}

async function said(place: ShellPlace, script: string, args: readonly string[], within: Duration): Promise<Section[]> {
  const mark = newMark();
  const found = sections(await output(place, script, [mark, ...args], within), mark);
  if (!found.some(({ name }) => name === 'end'))
    throw new Fault('failed', `${place.where} gave no answer`, named(place));
  return found;
}

/** Guard and script in one shell, as with any op of a run. */
async function guarded(
  place: ShellPlace,
  script: string,
  args: readonly string[],
  within: Duration,
): Promise<Section[]> {
  const { guard, shell, where } = place;
  if (guard === undefined) return said(place, script, args, within);
  const { node, holds } = guard;
  const hostKey = await shell.hostKey(short);
  if (hostKey !== holds.hostKey)
    throw new HeldBack(node.name, { what: 'host key', expected: holds.hostKey, found: hostKey });
  const mark = newMark();
  const command = {
    script: `${prelude}${guardScript}\nguard "$@"\nshift ${String(guardCount)}\n${script}`,
    args: [...siteArgs(mark, node), ...guardArgs(holds), mark, ...args],
  };
  const done = await exec(shell, command, { within, cap: bytes(8 * 1024 * 1024) });
  const found = done.is === 'ended' ? sections(done.stdout, mark) : [];
  const refused = found.find(({ name }) => name === 'refused');
  if (refused) {
    const [what = '', expected = '', seen = ''] = refused.text.split('\n');
    throw new HeldBack(node.name, { what, expected, found: seen });
  }
  if (done.is !== 'ended' || done.code !== 0) throw failure(place, done);
  if (!found.some(({ name }) => name === 'end')) throw new Fault('failed', `${where} gave no answer`, named(place));
  return found;
}

async function output(
  place: ShellPlace,
  script: string,
  args: readonly string[],
  within: Duration,
  cap = bytes(8 * 1024 * 1024),
  stdin?: Buffer,
): Promise<Buffer> {
  const done = await exec(place.shell, { script, args }, { within, cap, ...(stdin && { stdin }) });
  if (done.is === 'ended' && done.code === 0) return done.stdout;
  throw failure(place, done);
}

const named = ({ on }: Pick<ShellPlace, 'on'>) => (on === undefined ? {} : { on });

/** What a script complained of, or why nothing could be heard. */
export function failure(place: Pick<ShellPlace, 'on' | 'where'>, done: Done): Fault {
  if (done.is === 'ended') {
    const why = done.stderr.toString().trim().split('\n').slice(-3).join(' · ');
    return new Fault(
      'failed',
      why === '' ? `a script ended with ${String(done.code)} in ${place.where}` : why,
      named(place),
    );
  }
  const hint = done.is === 'silent' && done.hint !== undefined ? { hint: done.hint } : {};
  return new Fault('unreachable', done.why, { ...named(place), ...hint });
}

function seenBy(places: Places, found: readonly Section[]): TargetSeen {
  const one = (name: string): Section | undefined => found.find(section => section.name === name);
  const text = (name: string): string | null => one(name)?.text.trim() ?? null;
  const [user = '', postgres = ''] = (one('user')?.words ?? '').split(' ');
  const data = placeOf(places.data, one('data'));
  const spaces = found.filter(({ name }) => name === 'space');
  return {
    user,
    owner: user !== 'root' ? null : data.owner !== 'root' ? data.owner : postgres === '' ? null : postgres,
    data,
    wal: places.wal === null ? null : placeOf(places.wal, one('wal')),
    tablespaces: places.tablespaces.map(({ location }, at) => ({
      ...placeOf(location, spaces[at]),
      clusters: spaces[at]?.text.match(/^PG_\d+_\d+$/gm) ?? [],
    })),
    version: text('version'),
    systemId: text('control'),
    marker: markerOf(text('marker')),
    walLink: text('link'),
    spaceLinks: new Map(
      [...(one('links')?.text ?? '').matchAll(/^(\d+) (.*)$/gm)].map(([, oid = '', path = '']) => [oid, path]),
    ),
    walSystemId: text('walid'),
    servers: found
      .filter(({ name }) => name === 'server')
      .map(({ words, text: path }) => ({ pid: Number(words), path: path.trim() })),
    programs: text('programs'),
  };
}

/** Words: state, writable, owner; text: the line of `df -Pk` (file system, blocks, used, free, capacity, mount). */
function placeOf(path: string, section: Section | undefined): PlaceSeen {
  const [state = 'absent', writable, owner = ''] = (section?.words ?? '').split(' ');
  const [, free = '0', mount = '/'] = / \d+ +\d+ +(-?\d+) +\d+% (.*)$/m.exec(section?.text ?? '') ?? [];
  return {
    path,
    state: state as PlaceSeen['state'],
    writable: writable === 'yes',
    owner,
    free: bytes(Math.max(0, Number(free)) * 1024),
    mount,
  };
}

function markerOf(text: string | null): Marker | null {
  if (text === null) return null;
  try {
    const read = JSON.parse(text) as Partial<Marker>;
    if (typeof read.systemId !== 'string') return null;
    return {
      systemId: read.systemId,
      backup: read.backup ?? '',
      cluster: read.cluster ?? '',
      tablespaces: read.tablespaces ?? [],
    };
  } catch {
    return null;
  }
}
