// Looking at the real world: one moment, one survey per node however many facts are asked.

import type { Fact, Facts, Known, Mark } from '../look/facts.ts';
import type { LoggedLine, Look } from '../look/look.ts';
import { type Host, isSilent, type LogRead, type NodeName, type Site } from '../ports.ts';
import type { Keeping } from '../repo/keeping.ts';
import { recogniseAll } from '../postgres/messages.ts';
import type { StepId } from '../runbook/book-types.ts';
import { timeline as toTimeline } from '../postgres/timeline.ts';
import type { Cluster } from '../runbook/inventory-types.ts';
import { type Duration, type Instant, seconds } from '../time.ts';
import { surveyed } from './surveyed.ts';
import { keptLook } from './kept-look.ts';
import { readDump } from './read-dump.ts';
import { readHistory } from './read-history.ts';
import { lastCheckpoint } from './last-checkpoint.ts';
import { tablespacesSeen } from './tablespaces.ts';
import { walEnd } from './wal-end.ts';

/** What the operator said in so many words, per node: stands in for silence and for nothing else. */
export type Told = ReadonlyMap<NodeName, { readonly facts: Partial<Facts>; readonly by: string }>;

export interface LiveOptions {
  readonly started: Instant;
  readonly told: Told;
  readonly mark?: Mark | undefined;
  /** Marks of earlier steps. */
  readonly markOf?: (step: StepId) => Mark | undefined;
  /** Deadline of each question. */
  readonly patience?: Duration;
  readonly lastSeen?: Look['lastSeen'];
  /** The repository of the cluster, where it has one. */
  readonly keeping?: Keeping;
}

/** Of initdb (manual, initdb --wal-segsize). */
const usualSegmentSize = 16 * 1024 * 1024;
/** Leaves pg_isready its own default of three seconds (manual, pg_isready --timeout). */
const witnessPatience = seconds(4);
/** Deadline of a question, where nobody sets another. */
export const patience = seconds(8);

/** A look at this moment. Make a new one to look again. */
export function liveLook(site: Site, cluster: Cluster, options: LiveOptions): Look {
  const within = options.patience ?? patience;
  const surveys = new Map<NodeName, ReturnType<Host['survey']>>();
  const survey = (on: NodeName): ReturnType<Host['survey']> => {
    const known = surveys.get(on) ?? site.host(on).survey(within);
    surveys.set(on, known);
    return known;
  };
  const node = (on: NodeName) => {
    const found = cluster.nodes.find(({ name }) => name === on);
    if (!found) throw new Error(`no node is named "${on}"`);
    return found;
  };
  const seen = <T>(value: T): Known<T> => ({ is: 'seen', value, at: site.clock.now() });

  const fact = async <F extends Fact>(on: NodeName, name: F): Promise<Known<Facts[F]>> => {
    const known = surveyed(await survey(on), name, site.clock.now());
    const told = options.told.get(on);
    const value = told?.facts[name];
    if (known.is !== 'silent' || told === undefined || value === undefined) return known;
    return { is: 'told', value: value, by: told.by };
  };
  const rows: Look['rows'] = async (on, sql, database) => {
    const answer = await site.host(on).rows({ text: sql, ...(database !== undefined && { database }) }, within);
    if (answer.is === 'rows') return seen(answer.rows);
    if (answer.is === 'error') return silent(`${answer.sqlstate} ${answer.message}`, false);
    return silent(answer.is === 'refused' ? answer.found : answer.why, answer.is === 'silent');
  };
  const keeping = keptLook(options.keeping, cluster, () => site.clock.now());

  return {
    cluster,
    ...keeping,
    started: options.started,
    mark: options.mark,
    markOf: step => options.markOf?.(step),
    node,
    now: () => site.clock.now(),
    lastSeen: on => options.lastSeen?.(on),
    fact,
    found: fact,
    async witness(of, from) {
      const { postgres } = node(of);
      // pg_isready alone, not a survey: a frozen server would cost the deadline of every question that it does not answer.
      const host = from === of ? postgres.socket : postgres.host;
      const asked =
        from === 'here'
          ? site.ping(of, witnessPatience)
          : site.host(from).ping({ host, port: postgres.port }, witnessPatience);
      const heard = await asked;
      return typeof heard === 'string' ? seen(heard) : silent(heard.silent, heard.unreachable);
    },
    async path(on, path) {
      // The data directory is part of a survey: where one is at hand there is nothing to ask.
      const known = path === node(on).postgres.data ? await surveys.get(on) : undefined;
      if (known && !isSilent(known)) return seen(known.data);
      const state = await site.host(on).path(path, within);
      return typeof state === 'string' ? seen(state) : silent(state.silent, state.unreachable);
    },
    async files(on, directory) {
      const files = await site.host(on).list(directory, within);
      return 'silent' in files ? silent(files.silent, files.unreachable) : seen(files.map(({ name }) => name));
    },
    async senders(on) {
      const server = await saidBy(survey(on));
      return 'silent' in server ? server.silent : seen(server.said.senders);
    },
    rows,
    tablespaces: on =>
      tablespacesSeen(rows, [on, ...cluster.nodes.map(({ name }) => name).filter(name => name !== on)]),
    async log(on, since) {
      const mark = since === undefined ? options.mark : options.markOf?.(since);
      const from = mark?.nodes[on]?.log;
      if (!from) return seen<readonly LoggedLine[]>([]);
      const read = await site.host(on).readLog(from, within);
      if (isSilent(read)) return silent(read.silent, read.unreachable);
      return seen(read.entries.flatMap(linesOf));
    },
    async control(on) {
      const known = await survey(on);
      return isSilent(known) ? silent(known.silent, known.unreachable) : seen(known.control);
    },
    async history(on, timeline) {
      return readHistory(site.host(on), node(on), toTimeline(timeline), { within, now: site.clock.now() });
    },
    async checkpointBefore(on, directory, timeline, before) {
      const known = await survey(on);
      const segmentSize = isSilent(known) ? undefined : known.control?.walSegmentSize;
      return lastCheckpoint(
        { host: site.host(on), node: node(on), within: seconds(60), now: site.clock.now() },
        { directory, timeline: toTimeline(timeline), before, segmentSize: segmentSize ?? usualSegmentSize },
      );
    },
    dump: (on, directory) => readDump(site.host(on), directory, { within, now: site.clock.now() }),
    async read(on, argv, longest) {
      const ran = await site.host(on).read(argv, longest);
      if (ran.is === 'ended') return seen({ code: ran.code, stdout: ran.stdout, stderr: ran.stderr });
      return silent(ran.is === 'refused' ? ran.found : ran.why, ran.is === 'silent');
    },
    async endOfWal(on, timeline, start) {
      const known = await survey(on);
      const segmentSize = isSilent(known) ? undefined : known.control?.walSegmentSize;
      return walEnd(
        { host: site.host(on), node: node(on), within: seconds(60), now: site.clock.now() },
        timeline,
        start,
        segmentSize ?? usualSegmentSize,
      );
    },
  };
}

/** An entry can say two things: a message, and in its DETAIL where WAL ended. */
function linesOf(entry: LogRead['entries'][number]): LoggedLine[] {
  const { file, offset, message: text } = entry;
  const known = recogniseAll(entry);
  return (known.length === 0 ? [undefined] : known).map(message => ({ file, offset, text, message }));
}

const silent = (why: string, unreachable: boolean) => ({ is: 'silent' as const, why, unreachable });

async function saidBy(survey: ReturnType<Host['survey']>) {
  const answer = await survey;
  if (isSilent(answer)) return { silent: silent(answer.silent, answer.unreachable) };
  const { server } = answer;
  return isSilent(server) ? { silent: silent(server.silent, false) } : { said: server };
}
