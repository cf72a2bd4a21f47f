// Gathers what the timelines of a cluster are told from: one look at each node, one read of each directory that holds WAL.

import { stoodOn, type Standing, type TimelineFacts, type WalPlace } from '../monitor/timeline-places.ts';
import { walDirectory } from '../look/installation.ts';
import { type Host, isSilent, type NodeName, type Ran, type Site, type Survey } from '../ports.ts';
import type { Lsn } from '../postgres/lsn.ts';
import { parseTimeline, parseTimelineHex } from '../postgres/timeline.ts';
import type { Cluster, NodeSite } from '../runbook/inventory-types.ts';
import { instant, seconds } from '../time.ts';
import { walEnd } from './wal-end.ts';

const patience = seconds(8);
/** Of initdb (manual, initdb --wal-segsize). */
const usualSegmentSize = 16 * 1024 * 1024;

type Unseen = TimelineFacts['unseen'][number];
type Asked = { readonly place: WalPlace } | { readonly unseen: Unseen };

/** A node that does not answer costs one deadline. */
export async function walPlaces(site: Site, cluster: Cluster): Promise<TimelineFacts> {
  const found = await Promise.all(cluster.nodes.map(node => lookAt(site, node)));
  return {
    places: found.flatMap(({ places }) => places),
    nodes: found.flatMap(({ standing }) => standing ?? []),
    unseen: found.flatMap(({ unseen }) => unseen),
    segmentSize: found.find(({ segmentSize }) => segmentSize !== undefined)?.segmentSize ?? usualSegmentSize,
  };
}

interface Found {
  readonly places: readonly WalPlace[];
  readonly standing: Standing | undefined;
  readonly unseen: readonly Unseen[];
  readonly segmentSize: number | undefined;
}

async function lookAt(site: Site, node: NodeSite): Promise<Found> {
  const host = site.host(node.name);
  const { archive } = node.postgres;
  const [survey, wal, archived] = await Promise.all([
    host.survey(patience),
    readPlace(host, node.name, 'pg_wal', walDirectory(node)),
    archive === undefined ? undefined : readPlace(host, node.name, 'archive', archive),
  ]);
  if (isSilent(survey)) {
    const unseen = [{ what: 'the node', on: node.name, why: survey.silent }];
    return { places: [], standing: undefined, unseen, segmentSize: undefined };
  }
  const asked = [wal, ...(archived ? [archived] : [])];
  const places = asked.flatMap(one => ('place' in one ? one.place : []));
  const standing = await standingOf(site, node, survey, places[0]?.kind === 'pg_wal' ? places[0] : undefined);
  return {
    places,
    standing: 'what' in standing ? undefined : standing,
    unseen: [...asked.flatMap(one => ('unseen' in one ? one.unseen : [])), ...('what' in standing ? [standing] : [])],
    segmentSize: survey.control?.walSegmentSize,
  };
}

async function standingOf(
  site: Site,
  node: NodeSite,
  survey: Survey,
  wal: WalPlace | undefined,
): Promise<Standing | Unseen> {
  const { server, control, processes } = survey;
  if (!isSilent(server)) {
    const { inRecovery, written, received, replayed } = server;
    const line = parseTimeline(String(server.timeline));
    const end = inRecovery ? further(received, replayed) : written;
    if (line !== undefined) return { node: node.name, role: inRecovery ? 'standby' : 'primary', timeline: line, end };
  }
  if (!control) return { what: 'its server', on: node.name, why: 'pg_control cannot be read' };
  // Its WAL grows while one reads it; what it says of itself is what counts, and it says nothing.
  if (processes.length > 0 && isSilent(server))
    return { what: 'its server', on: node.name, why: `it runs and does not answer: ${server.silent}` };
  const stood = stoodOn(control, wal ?? { on: node.name, kind: 'pg_wal', histories: [], wal: [] });
  const reading = { host: site.host(node.name), node, within: seconds(60), now: site.clock.now() };
  const end = await walEnd(reading, stood.timeline, stood.from, control.walSegmentSize);
  const known = end.is === 'seen' ? end.value.end : null;
  return { node: node.name, role: 'down', timeline: stood.timeline, end: known };
}

/** WAL that came through restore_command is replayed and never "received". */
const further = (received: Lsn | null, replayed: Lsn | null): Lsn | null =>
  received === null || (replayed !== null && replayed > received) ? replayed : received;

/**
 * `$1` a directory. For each timeline the names of its first and last whole segment, however many lie between (an archive can
 * hold hundreds of thousands); each history file with its date, in base64, for a damaged one may hold anything.
 */
const script = `
LC_ALL=C; export LC_ALL
cd "$1" || exit 1
ls | grep -E '^[0-9A-F]{24}$' | awk '{ t = substr($0, 1, 8); if (!(t in last)) { first[t] = $0; n[++k] = t } last[t] = $0 }
  END { for (i = 1; i <= k; i++) print "wal", n[i], first[n[i]], last[n[i]] }'
for file in *.history; do
  [ -f "$file" ] || continue
  printf 'history %s %s %s\\n' "$file" "$(stat -L -c %Y "$file")" "$(head -c 65536 "$file" | base64 -w 0)"
done
echo end
`;

async function readPlace(host: Host, on: NodeName, kind: WalPlace['kind'], path: string): Promise<Asked> {
  const ran = await host.read(['sh', '-c', script, 'wal-places', path], patience);
  if (ran.is !== 'ended' || ran.code !== 0 || !ran.stdout.endsWith('end\n'))
    return { unseen: { what: `its ${kind} ${path}`, on, why: whyNot(ran) } };
  return { place: { on, kind, ...readAnswer(ran.stdout) } };
}

function whyNot(ran: Ran): string {
  if (ran.is === 'ended') return ran.stderr.trim().split('\n').at(-1) || 'the answer is not whole';
  return ran.is === 'refused' ? ran.found : ran.why;
}

function readAnswer(text: string): Pick<WalPlace, 'histories' | 'wal'> {
  const lines = text.split('\n').map(line => line.split(' '));
  return {
    wal: lines.flatMap(([what, line = '', first = '', last = '']) => {
      const timeline = what === 'wal' ? parseTimelineHex(line) : undefined;
      return timeline === undefined ? [] : [{ timeline, first, last }];
    }),
    histories: lines.flatMap(([what, ...words]) => {
      if (what !== 'history') return [];
      // A name of somebody's own may hold blanks; what counts stands behind it.
      const [seconds = '', encoded = ''] = words.slice(-2);
      const text = Buffer.from(encoded, 'base64').toString('utf8');
      const at = /^\d+$/.test(seconds) ? instant(new Date(Number(seconds) * 1000)) : null;
      return [{ name: words.slice(0, -2).join(' '), text, at }];
    }),
  };
}
