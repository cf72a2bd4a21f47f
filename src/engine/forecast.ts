// The look of a plan: what earlier steps promise is taken as so, what they may change and do not promise is "later".

import type { Checks } from '../look/check.ts';
import { kindOf } from '../look/check.ts';
import type { Fact, Facts, Known } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import type { Op } from '../ops.ts';
import type { NodeName } from '../ports.ts';
import type { Check, StepId } from '../runbook/book-types.ts';
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

  /** Takes a planned step in: first what its ops may change, then what it promises. */
  take(step: PlannedStep, checks: Checks): void {
    if (step.happens === false) return;
    const ops = step.ways.flatMap(way => way.ops.map(({ op }) => op));
    for (const op of ops) {
      if (op.on === 'here') continue;
      for (const fact of altered(op)) this.#assume(op.on, fact, { is: 'later', after: step.id });
      if (op.guard !== null) this.#files.set(op.on, step.id);
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

  filesAfter(on: NodeName): StepId | undefined {
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
    path: (on, path) => untouched(on, () => look.path(on, path)),
    files: (on, directory) => untouched(on, () => look.files(on, directory)),
    senders: on => untouched(on, () => look.senders(on)),
    rows: (on, sql, database) => untouched(on, () => look.rows(on, sql, database)),
    // The step named has yet to begin, so what the log says from there on cannot be known.
    log: (on, since) => (since === undefined ? untouched(on, () => look.log(on)) : Promise.resolve(later(since))),
    control: on => untouched(on, () => look.control(on)),
    history: (on, timeline) => untouched(on, () => look.history(on, timeline)),
    checkpointBefore: (on, directory, timeline, before) =>
      untouched(on, () => look.checkpointBefore(on, directory, timeline, before)),
    endOfWal: async (on, timeline, start) => {
      const after = assumed.filesAfter(on);
      return after === undefined ? await look.endOfWal(on, timeline, start) : later(after);
    },
  };
}
