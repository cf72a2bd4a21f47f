// Receives WAL over the replication protocol for as long as it is let: what is acknowledged is durable, and followed across timelines and restarts.

import { Fault } from '../faults.ts';
import { type Lsn, showLsn } from '../postgres/lsn.ts';
import type { Timeline } from '../postgres/timeline.ts';
import { type Duration, ms, seconds } from '../time.ts';
import { dropFinishedPartials } from './finished-partials.ts';
import { claimCluster } from './identity.ts';
import { ReceiveRefused, type TellReceive } from './receive-events.ts';
import { followHistories } from './receive-history.ts';
import { leftBehind, legsOf, placesToStart, type WalPlace } from './receive-start.ts';
import type { Replication, ServerIdentity, Slot, StreamEnd } from './replication.ts';
import type { ClusterRepository } from './repository.ts';
import { walKept } from './wal-catalog.ts';
import { WalWriter } from './wal-writer.ts';

/** A server to receive from, found anew for each session: after a failover it is another one. */
export interface WalSource {
  readonly replication: Replication;
  /** For messages: the node. */
  readonly name: string;
}

export interface ReceiveOptions {
  readonly slot?: { readonly name: string; readonly temporary: boolean; readonly create: boolean } | undefined;
  /** How often the position is told unasked; the server's wal_sender_timeout is 60 s. */
  readonly statusEvery: Duration;
  /** WAL is needed from here on, whatever is kept behind it: the start of a base backup. */
  readonly from?: WalPlace | undefined;
  /** Leaves when everything before it is durable. `now`: the end of the server's WAL at the first contact. */
  readonly until?: Lsn | 'now' | undefined;
  /** Tries again for ever where a session cannot be had or breaks; else the first trouble is the last. */
  readonly again: boolean;
  readonly finished?: ((name: string, bytes: Buffer) => Promise<void>) | undefined;
}

export interface Received {
  readonly is: 'stopped' | 'reached';
  /** Gaps that came about meanwhile. */
  readonly gaps: number;
  /** Durable on this timeline; null where no session was ever had. */
  readonly end: WalPlace | null;
}

const pauses = [250, 500, 1000, 2000, 5000].map(ms);

/**
 * Resolves when `stop` is raised or `until` is reached; whatever came is durable and told then. Throws a
 * {@link ReceiveRefused} where trying again would be wrong, and any other Fault only where it shall not try again.
 * One cluster has one receiver at a time: the caller holds its lease.
 */
export async function receive(
  repo: ClusterRepository,
  open: () => Promise<WalSource>,
  options: ReceiveOptions,
  tell: TellReceive,
  stop: AbortSignal,
): Promise<Received> {
  await dropFinishedPartials(repo);
  const state = new Receiving(repo, options, tell, stop);
  let failures = 0;
  while (!state.over()) {
    const before = state.segments;
    const why = await state.session(open);
    if (state.over()) break;
    if (state.segments > before) failures = 0;
    const again = pauses[Math.min(failures, pauses.length - 1)] ?? seconds(5);
    failures += 1;
    if (!options.again) throw why;
    tell({ e: 'lost', server: state.server, why: why.message, again });
    await repo.clock.sleep(again, stop).catch(() => undefined);
  }
  const end = state.end;
  if (end) tell({ e: 'stopped', server: state.server, timeline: end.timeline, durable: end.lsn });
  return { is: state.reached ? 'reached' : 'stopped', gaps: state.gaps, end };
}

class Receiving {
  server = '';
  gaps = 0;
  /** Pieces of progress: whoever makes some is not punished with longer pauses. */
  segments = 0;
  end: WalPlace | null = null;
  reached = false;
  #until: Lsn | undefined;
  /** Where our slot was last seen: gone from there, its WAL may be gone, too. */
  #slotOn: string | undefined;
  readonly #repo: ClusterRepository;
  readonly #options: ReceiveOptions;
  readonly #tell: TellReceive;
  readonly #stop: AbortSignal;
  readonly #arrived = new AbortController();

  constructor(repo: ClusterRepository, options: ReceiveOptions, tell: TellReceive, stop: AbortSignal) {
    this.#repo = repo;
    this.#options = options;
    this.#tell = tell;
    this.#stop = AbortSignal.any([stop, this.#arrived.signal]);
    this.#until = options.until === 'now' ? undefined : options.until;
  }

  over(): boolean {
    return this.#stop.aborted;
  }

  /** One connection from beginning to end; the answer is why it ended. */
  async session(open: () => Promise<WalSource>): Promise<Fault> {
    let source: WalSource | undefined;
    try {
      source = await open();
      this.server = source.name;
      return await this.#talk(source);
    } catch (error) {
      if (error instanceof ReceiveRefused || !(error instanceof Fault)) throw error;
      return error;
    } finally {
      await source?.replication.close();
    }
  }

  async #talk(source: WalSource): Promise<Fault> {
    const { replication, name } = source;
    const identity = await this.#known(replication, name);
    const slot = await this.#slot(replication, name);
    if (this.#options.until === 'now') this.#until ??= identity.flushed;
    const history = await followHistories(this.#repo, replication, identity.timeline, name, this.#tell);
    const kept = await walKept(this.#repo);
    const behind = leftBehind(kept, identity.timeline);
    if (behind !== undefined) {
      return new Fault('refused', behind, {
        on: name,
        hint: 'lifeboat timelines; bring it back with: lifeboat run rejoin',
      });
    }
    const legs = legsOf(identity.timeline, history);
    const places = placesToStart(kept, legs, freshPlace(identity, slot), this.#options.from);
    return this.#stream(source, identity, places);
  }

  /** What it says of itself fits what the repository keeps. */
  async #known(replication: Replication, name: string): Promise<ServerIdentity> {
    const identity = await replication.identify();
    const { systemId, version, segmentSize } = identity;
    try {
      await claimCluster(this.#repo, { systemId, major: version.major, segmentSize }, name);
    } catch (error) {
      if (error instanceof Fault && error.code === 'refused') {
        throw new ReceiveRefused(error.message, {
          cause: error,
          ...(error.hint !== undefined && { hint: error.hint }),
        });
      }
      throw error;
    }
    return identity;
  }

  async #slot(replication: Replication, server: string): Promise<Slot | undefined> {
    const wanted = this.#options.slot;
    if (wanted === undefined) return undefined;
    const found = wanted.temporary ? undefined : await replication.slot(wanted.name);
    if (found === undefined) {
      if (this.#slotOn === server) this.#tell({ e: 'slot', server, slot: wanted.name, is: 'lost' });
      if (!wanted.create) {
        const missing = `it has no replication slot "${wanted.name}"`;
        const details = { on: server, hint: 'with --create-slot it is made' };
        // On a new primary somebody may be about to make it; at the start it was forgotten.
        throw this.#slotOn === undefined
          ? new ReceiveRefused(missing, details)
          : new Fault('refused', missing, details);
      }
      await replication.createSlot(wanted.name, wanted.temporary);
      this.#tell({ e: 'slot', server, slot: wanted.name, is: 'created' });
    }
    this.#slotOn = server;
    return found ?? (await replication.slot(wanted.name));
  }

  async #stream(source: WalSource, identity: ServerIdentity, places: readonly WalPlace[]): Promise<Fault> {
    const [first, ...others] = places;
    if (first === undefined) throw new Error('nowhere to begin');
    let place = first;
    for (;;) {
      const end = await this.#streamFrom(source, identity, place);
      if (end.is === 'timeline-end') {
        place = await this.#nextTimeline(source, identity, place, end);
        continue;
      }
      const next = end.is === 'refused' && end.sqlstate === '58P01' ? others.shift() : undefined;
      if (next === undefined) return faultOf(end, source.name, place);
      this.gaps += 1;
      this.#tell({ e: 'gap', server: source.name, timeline: place.timeline, from: place.lsn, to: next.lsn });
      place = next;
    }
  }

  async #streamFrom(source: WalSource, identity: ServerIdentity, place: WalPlace): Promise<StreamEnd> {
    const { replication, name } = source;
    const { slot, statusEvery, finished } = this.#options;
    const writer = new WalWriter(this.#repo, {
      timeline: place.timeline,
      from: place.lsn,
      segmentSize: identity.segmentSize,
      server: name,
      systemId: identity.systemId,
      finished,
      tell: this.#tell,
      advanced: durable => this.#advanced(place.timeline, durable, identity),
    });
    try {
      this.#tell({ e: 'streaming', server: name, timeline: place.timeline, from: place.lsn });
      return await replication.stream(
        { timeline: place.timeline, lsn: place.lsn, slot: slot?.name, statusEvery },
        writer,
        this.#stop,
      );
    } finally {
      await writer.close();
    }
  }

  #advanced(timeline: Timeline, durable: Lsn, identity: ServerIdentity): void {
    this.segments += 1;
    this.end = { timeline, lsn: durable };
    // Before it left an older timeline it has not come to where the server was.
    if (this.#until === undefined || durable < this.#until || timeline < identity.timeline) return;
    this.reached = true;
    this.#arrived.abort();
  }

  /** The history file first: a segment of a timeline that nobody knows where it began is of no use to a restore. */
  async #nextTimeline(
    { replication, name }: WalSource,
    { segmentSize }: ServerIdentity,
    place: WalPlace,
    { next, at }: Extract<StreamEnd, { is: 'timeline-end' }>,
  ): Promise<WalPlace> {
    if (next <= place.timeline) {
      throw new Fault('failed', `after timeline ${String(place.timeline)} it names timeline ${String(next)}`, {
        on: name,
      });
    }
    this.#tell({ e: 'timeline', server: name, from: place.timeline, to: next, at });
    const history = await followHistories(this.#repo, replication, next, name, this.#tell);
    const kept = await walKept(this.#repo);
    const legs = legsOf(next, history);
    const begin = { timeline: next, lsn: at };
    const [first] = placesToStart({ ...kept, segmentSize }, legs.slice(-1), begin);
    return first ?? begin;
  }
}

const freshPlace = (identity: ServerIdentity, slot: Slot | undefined): WalPlace => ({
  timeline: slot?.restartTimeline ?? identity.timeline,
  lsn: slot?.restartLsn ?? identity.flushed,
});

function faultOf(end: Exclude<StreamEnd, { is: 'timeline-end' }>, on: string, { timeline, lsn }: WalPlace): Fault {
  if (end.is === 'lost') return new Fault('unreachable', end.why, { on });
  if (end.is === 'server-done') return new Fault('unreachable', 'it was shut down', { on });
  if (end.is === 'stopped') return new Fault('interrupted', 'stopped', { on });
  const from = `WAL of timeline ${String(timeline)} from ${showLsn(lsn)} on`;
  return new Fault('refused', `it does not send ${from}: ${end.message} (${end.sqlstate})`, { on });
}
