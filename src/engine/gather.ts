// Gathers what triage judges from: all nodes side by side, each asked everything at once, so that a dead one costs one deadline.

import { walDirectory } from '../look/installation.ts';
import { pointsAt } from '../look/upstream.ts';
import type { ClusterEvidence, LogLine, NodeEvidence, ServerDetails, Upstream } from '../monitor/triage/evidence.ts';
import { logLines } from '../monitor/triage/log-story.ts';
import { isSilent, type NodeName, type Site, type Survey, type Where } from '../ports.ts';
import { lookAtDisks, readDisks } from '../postgres/commands-disk.ts';
import { parseConninfo, upstreamOf } from '../postgres/connection.ts';
import type { Readiness } from '../postgres/isready.ts';
import type { Cluster, NodeSite } from '../runbook/inventory-types.ts';
import { type Duration, ms, seconds } from '../time.ts';
import { readServerDetails, serverDetailsSql } from './server-details.ts';

export interface GatherOptions {
  /** What every command must be given to mean this cluster. */
  readonly options: readonly string[];
  /** Deadline of each question. */
  readonly patience?: Duration;
}

const usual = seconds(8);
/** Leaves pg_isready its own default of three seconds (manual, pg_isready --timeout). */
const witnessPatience = seconds(4);
/** Who answers here within that time needs no other witness: each one asked is a line in the log of a server that does not know it. */
const atOnce = ms(400);
/** Of the log's end: some hundred lines. */
const tail = 64 * 1024;

type Witness = NodeEvidence['witnesses'][number];

export async function gather(site: Site, cluster: Cluster, options: GatherOptions): Promise<ClusterEvidence> {
  const within = options.patience ?? usual;
  const nodes = await Promise.all(cluster.nodes.map(node => evidenceOf(site, cluster, node, within)));
  return { at: site.clock.now(), home: cluster.home?.primary, nodes, options: options.options };
}

async function evidenceOf(site: Site, cluster: Cluster, node: NodeSite, within: Duration): Promise<NodeEvidence> {
  const host = site.host(node.name);
  const looking = host.survey(within);
  const logging = looking.then(survey => linesOf(site, node.name, survey, within));
  const details = detailsOf(site, node.name, within);
  const [survey, lines, witnesses, server, disks, upstream] = await Promise.all([
    looking,
    logging,
    witnessesOf(site, cluster, node),
    Promise.race([details, looking.then(found => (answers(found) ? details : null))]),
    disksOf(site, node, within),
    looking.then(found => upstreamSeen(site, cluster, node.name, found)),
  ]);
  return { node: node.name, site: node, survey, lines, witnesses, server, disks, upstream };
}

/** This machine first; where it hears nothing at once, every other node beside it. */
async function witnessesOf(site: Site, cluster: Cluster, { name, postgres }: NodeSite): Promise<Witness[]> {
  const here = site.ping(name, witnessPatience).then(heard => witness('here', heard));
  const waiting = new AbortController();
  const quick = await Promise.race([here, site.clock.sleep(atOnce, waiting.signal).then(() => [])]);
  waiting.abort();
  if (quick.some(({ answer }) => answer === 'accepting')) return quick;
  const others = cluster.nodes.filter(other => other.name !== name);
  const asked = others.map(async other => {
    const target = { host: postgres.host, port: postgres.port };
    return witness(other.name, await site.host(other.name).ping(target, witnessPatience));
  });
  return (await Promise.all([here, ...asked])).flat();
}

/** Who could not ask has seen nothing. */
const witness = (from: Where, heard: Readiness | object): Witness[] =>
  typeof heard === 'string' ? [{ from, answer: heard }] : [];

async function linesOf(site: Site, node: NodeName, survey: Survey | object, within: Duration): Promise<LogLine[]> {
  const place = 'log' in survey ? survey.log : null;
  if (!place) return [];
  const from = { ...place, offset: Math.max(0, place.offset - tail) };
  const read = await site.host(node).readLog(from, within);
  return isSilent(read) ? [] : read.entries.flatMap(logLines);
}

/** Of a server that left the survey without an answer nothing more is waited for. */
const answers = (survey: Survey | object): boolean => 'server' in survey && !isSilent(survey.server);

async function detailsOf(site: Site, node: NodeName, within: Duration): Promise<ServerDetails | null> {
  const answer = await site.host(node).rows({ text: serverDetailsSql }, within);
  return answer.is === 'rows' ? readServerDetails(answer.rows[0]?.[0] ?? '') : null;
}

async function disksOf(site: Site, node: NodeSite, within: Duration): Promise<NodeEvidence['disks']> {
  const ran = await site.host(node.name).read(lookAtDisks(walDirectory(node), node.postgres.archive), within);
  return ran.is === 'ended' ? (readDisks(ran.stdout) ?? null) : null;
}

/** Whom a running standby follows; where it does not stream, whether it gets there at all. */
async function upstreamSeen(
  site: Site,
  cluster: Cluster,
  node: NodeName,
  survey: Survey | object,
): Promise<Upstream | null> {
  const server = 'server' in survey && !isSilent(survey.server) ? survey.server : undefined;
  const conninfo = server?.inRecovery === true ? (server.settings['primary_conninfo'] ?? '') : '';
  const { host = '', hostaddr, port = '5432' } = parseConninfo(conninfo) ?? {};
  const address = (hostaddr ?? host).split(',')[0] ?? '';
  if (address === '') return null;
  const target = { host: address, port: Number(port.split(',')[0]) };
  const heard =
    server?.receiver?.status === 'streaming' ? undefined : await site.host(node).ping(target, witnessPatience);
  return {
    address,
    port: target.port,
    node: cluster.nodes.find(other => pointsAt(upstreamOf(conninfo), other))?.name,
    answer: typeof heard === 'string' ? heard : null,
  };
}
