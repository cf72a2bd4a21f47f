// The look of a plan: what earlier steps promise is taken as so, what they may change and do not promise is "later".

import type { Checks } from '../look/check.ts';
import { kindOf } from '../look/check.ts';
import { type Fact, type Facts, type Known, valueOf } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import type { Op } from '../ops.ts';
import type { NodeName } from '../ports.ts';
import type { Chosen, Wish } from '../repo/choose.ts';
import type { Reason, Unreachable } from '../repo/unreachable.ts';
import type { Check, StepId } from '../runbook/book-types.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';
import { kinds } from './kinds/index.ts';
import type { PlannedStep } from './planned.ts';

type Assumed =
  /** `made`: an op of the step makes it so; else the step has nothing to do, for it is so already. */
  { is: 'promised'; value: unknown; by: StepId; made: boolean; unless?: string } | { is: 'later'; after: StepId };

/** Facts that no op changes: who a machine is. */
const lasting: ReadonlySet<Fact> = new Set(['hostKey', 'reachable', 'version']);

const everything: readonly Fact[] = [
  'systemId',
  'ready',
  'role',
  'processes',
  'postmaster',
  'timeline',
  'written',
  'received',
  'replayed',
  'replayPaused',
  'lastTransaction',
  'writable',
  'restoreCommand',
  'synchronousStandbyNames',
  'upstream',
  'replicationName',
  'replayDelay',
  'streaming',
  'missing',
];

/** Facts of its node that an op may change. */
export function altered(op: Op): readonly Fact[] {
  const { alters } = kinds[op.do.op];
  return op.alters ?? (alters === 'all' ? everything : alters);
}

/** What the steps planned so far make of each node. */
export class Assumptions {
  readonly #facts = new Map<string, Assumed>();
  readonly #files = new Map<NodeName, StepId>();
  /** Where only what is the server's own may have changed. */
  readonly #own = new Map<NodeName, StepId>();
  #kept: StepId | undefined;

  /** Takes a planned step in: first what its ops may change, then what it promises. */
  take(step: PlannedStep, checks: Checks): void {
    if (step.happens === false) return;
    const ops = step.ways.flatMap(way => way.ops.map(({ op }) => op));
    for (const op of ops) {
      if (op.on === 'here') continue;
      for (const fact of altered(op)) this.#assume(op.on, fact, { is: 'later', after: step.id });
      // What is rescued is read, and stays as it is.
      if (op.do.op === 'rescue') this.#kept = step.id;
      else if (op.guard !== null) (op.files === 'own' ? this.#own : this.#files).set(op.on, step.id);
    }
    if (typeof step.happens === 'object') return;
    const busy = new Set(ops.filter(op => op.guard !== null || altered(op).length > 0).map(({ on }) => on));
    for (const check of step.promise) this.#promise(check, step, busy.has(check.on), checks);
  }

  #promise(check: Check, { id: by, ways }: PlannedStep, made: boolean, checks: Checks): void {
    const unless = ways.find(({ promise }) => promise && !promise.includes(check))?.when;
    const forecast = kindOf(checks, check).forecast(check.with);
    for (const [fact, what] of Object.entries(forecast) as [Fact, { value: unknown } | 'later'][]) {
      if (what === 'later') continue;
      const before = this.#facts.get(`${check.on} ${fact}`);
      const already = before?.is === 'promised' && before.made;
      this.#assume(check.on, fact, {
        is: 'promised',
        value: what.value,
        by,
        made: made || already,
        ...(typeof unless === 'string' && { unless }),
      });
    }
  }

  #assume(on: NodeName, fact: Fact, what: Assumed): void {
    if (!lasting.has(fact)) this.#facts.set(`${on} ${fact}`, what);
  }

  fact<F extends Fact>(on: NodeName, fact: F): Known<Facts[F]> | undefined {
    return this.#facts.get(`${on} ${fact}`) as Known<Facts[F]> | undefined;
  }

  /** Promised by a step that does nothing for it: then whoever says it now says it still. */
  isOnlyFound(on: NodeName, fact: Fact): boolean {
    const assumed = this.#facts.get(`${on} ${fact}`);
    return assumed?.is === 'promised' && !assumed.made;
  }

  /** The step that brings more WAL into the repository. */
  get keptAfter(): StepId | undefined {
    return this.#kept;
  }

  filesAfter(on: NodeName): StepId | undefined {
    return this.#own.get(on) ?? this.#files.get(on);
  }

  /** Of what lies outside of the server's own directories. */
  othersAfter(on: NodeName): StepId | undefined {
    return this.#files.get(on);
  }
}

/** The same doors as the look at the real world. */
export function forecast(look: Look, assumed: Assumptions): Look {
  const later = (after: StepId) => ({ is: 'later' as const, after });
  const untouched = <T>(on: NodeName, ask: () => Promise<Known<T>>): Promise<Known<T>> => {
    const after = assumed.filesAfter(on);
    return after === undefined ? ask() : Promise.resolve(later(after));
  };
  const reached = async <T>(wish: Wish, ask: () => Promise<Known<T>>): Promise<Known<T>> => {
    const after = assumed.keptAfter;
    if (after === undefined) return ask();
    const way = await look.way(wish);
    return mayLeadOn(way, wish) || (isUnknownLine(way) && (await isOnLine(look, wish))) ? later(after) : ask();
  };
  return {
    ...look,
    fact: async (on, fact) => {
      const known = assumed.fact(on, fact);
      if (known === undefined) return look.fact(on, fact);
      if (!assumed.isOnlyFound(on, fact)) return known;
      // What the operator told stays told: nobody has seen it, and a step without ops does not make it so.
      const now = await look.fact(on, fact);
      return now.is === 'told' ? now : known;
    },
    witness: (of, from) => {
      const known = assumed.fact(of, 'ready');
      return known === undefined ? look.witness(of, from) : Promise.resolve(known);
    },
    path: (on, path) => {
      const after = isOwn(look.node(on), path) ? assumed.filesAfter(on) : assumed.othersAfter(on);
      return after === undefined ? look.path(on, path) : Promise.resolve(later(after));
    },
    files: (on, directory) => untouched(on, () => look.files(on, directory)),
    senders: on => untouched(on, () => look.senders(on)),
    rows: (on, sql, database) => untouched(on, () => look.rows(on, sql, database)),
    // The step named has yet to begin, so what the log says from there on cannot be known.
    log: (on, since) => (since === undefined ? untouched(on, () => look.log(on)) : Promise.resolve(later(since))),
    control: on => untouched(on, () => look.control(on)),
    history: (on, timeline) => untouched(on, () => look.history(on, timeline)),
    checkpointBefore: (on, directory, timeline, before) =>
      untouched(on, () => look.checkpointBefore(on, directory, timeline, before)),
    way: wish => reached(wish, () => look.way(wish)),
    lost: (wish, present) => reached(wish, () => look.lost(wish, present)),
    sound: wish => reached(wish, () => look.sound(wish)),
    restore: (on, wish, into) => reached(wish, () => look.restore(on, wish, into)),
    endOfWal: async (on, timeline, start) => {
      const after = assumed.filesAfter(on);
      return after === undefined ? await look.endOfWal(on, timeline, start) : later(after);
    },
  };
}

/** In a directory that the server itself changes. */
function isOwn({ postgres }: NodeSite, path: string): boolean {
  const { data, wal, tablespaces } = postgres;
  const own = [data, ...(wal === undefined ? [] : [wal]), ...Object.values(tablespaces)];
  return own.some(directory => path === directory || path.startsWith(`${directory}/`));
}

/** What is not kept may be in the WAL that is still to come; where the end is wanted, that moves with it. */
const notYet: ReadonlySet<Reason['is']> = new Set(['after-last', 'not-found', 'gap', 'no-history', 'backup-broken']);

const isUnknownLine = (way: Known<Chosen | Unreachable>): boolean => {
  const found = valueOf(way);
  return found?.is === 'unreachable' && found.reasons.some(({ is }) => is === 'unknown-timeline');
};

/** A timeline of which nothing is kept is not unknown where a server is on it. */
async function isOnLine(look: Look, { timeline }: Wish): Promise<boolean> {
  const lines = await Promise.all(look.cluster.nodes.map(({ name }) => look.found(name, 'timeline')));
  return lines.some(line => valueOf(line) === timeline);
}

function mayLeadOn(way: Known<Chosen | Unreachable>, { target }: Wish): boolean {
  const found = valueOf(way);
  if (found === undefined) return false;
  if (found.is === 'chosen') return target.is === 'latest';
  return found.reasons.some(({ is }) => notYet.has(is));
}
