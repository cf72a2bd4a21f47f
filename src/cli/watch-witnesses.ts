// Everyone asks everyone: one question on its way for each witness and node, and none waits for another.

import type { RoleSaid } from '../monitor/node-watch.ts';
import type { Round } from '../monitor/monitor.ts';
import { type Phase, phaseOf, statusLine } from '../monitor/phase.ts';
import type { Sample } from '../monitor/sample.ts';
import { isSilent, type NodeName, type Site, type Where } from '../ports.ts';
import type { Cluster, NodeSite } from '../runbook/inventory-types.ts';
import { type Duration, type Instant, ms, seconds } from '../time.ts';

/** Leaves pg_isready its own default of three seconds (manual, pg_isready --timeout). */
const patience = seconds(4);
/** For what is asked of a server that has just answered; where it takes longer it is told in the next round. */
const lookPatience = seconds(3);

export class Witnesses {
  readonly #site: Site;
  readonly #cluster: Cluster;
  readonly #tell: (sample: Sample) => void;
  readonly #asking = new Map<string, Promise<void>>();
  #samples: Sample[] = [];
  #phases = new Map<NodeName, Phase>();
  #roles = new Map<NodeName, RoleSaid>();

  /** @param tell hears of each sample as it comes */
  constructor(site: Site, cluster: Cluster, tell: (sample: Sample) => void) {
    this.#site = site;
    this.#cluster = cluster;
    this.#tell = tell;
  }

  /**
   * Asks all whose last question is answered, and returns when all have answered, or at the deadline with what there is by then.
   *
   * @param rolesDue of which nodes the role is wanted, where they accept connections
   */
  async round(rolesDue: (node: NodeName) => boolean, within: Duration, stop: AbortSignal): Promise<Round> {
    const { nodes } = this.#cluster;
    for (const of of nodes) {
      for (const from of ['here' as const, ...nodes.map(({ name }) => name)]) {
        this.#ask(`${of.name} ${from}`, () => this.#sample(of, from));
      }
    }
    await this.#answers(within, stop);
    const last = (of: NodeName): Sample[] => this.#samples.filter(sample => sample.of === of);
    for (const { name } of nodes) {
      const heard = last(name).map(({ is }) => is);
      if (heard.includes('accepting')) {
        if (rolesDue(name)) this.#ask(`role ${name}`, () => this.#role(name));
      } else if (heard.includes('rejecting')) this.#ask(`phase ${name}`, () => this.#phase(name));
    }
    await this.#answers(lookPatience, stop, /^(role|phase) /);
    const round = { at: this.#now(), samples: this.#samples, phases: this.#phases, roles: this.#roles };
    this.#samples = [];
    this.#phases = new Map();
    this.#roles = new Map();
    return round;
  }

  #ask(what: string, question: () => Promise<void>): void {
    if (this.#asking.has(what)) return;
    this.#asking.set(
      what,
      question().finally(() => this.#asking.delete(what)),
    );
  }

  async #answers(within: Duration, stop: AbortSignal, which = /(?:)/): Promise<void> {
    const asked = [...this.#asking].filter(([what]) => which.test(what)).map(([, answer]) => answer);
    if (asked.length === 0 || stop.aborted) return;
    const over = new AbortController();
    const end = AbortSignal.any([stop, over.signal]);
    await Promise.race([Promise.all(asked), this.#site.clock.sleep(within, end).catch(() => undefined)]);
    over.abort();
  }

  async #sample({ name: of, postgres }: NodeSite, from: Where): Promise<void> {
    const host = from === of ? postgres.socket : postgres.host;
    const heard =
      from === 'here'
        ? await this.#site.ping(of, patience)
        : await this.#site.host(from).ping({ host, port: postgres.port }, patience);
    const [is, why] = typeof heard === 'string' ? [heard, null] : (['not-asked', heard.silent] as const);
    const sample: Sample = { of, from, at: this.#now(), is, why };
    this.#samples.push(sample);
    this.#tell(sample);
  }

  async #role(node: NodeName): Promise<void> {
    const answer = await this.#site.host(node).rows({ text: 'select pg_catalog.pg_is_in_recovery()' }, lookPatience);
    const said = answer.is === 'rows' ? answer.rows[0]?.[0] : undefined;
    if (said === 't' || said === 'f')
      this.#roles.set(node, { is: said === 't' ? 'standby' : 'primary', at: this.#now() });
  }

  async #phase(node: NodeName): Promise<void> {
    const host = this.#site.host(node);
    const pidFile = `${this.#cluster.nodes.find(({ name }) => name === node)?.postgres.data ?? ''}/postmaster.pid`;
    const [survey, status] = await Promise.all([
      host.survey(lookPatience),
      host.read(['sed', '-n', `${String(statusLine)}p`, pidFile], lookPatience),
    ]);
    if (isSilent(survey)) return;
    const phase = phaseOf(survey, status.is === 'ended' ? status.stdout : '');
    if (phase) this.#phases.set(node, phase);
  }

  #now(): Instant {
    return this.#site.clock.now();
  }
}

/** As long as it takes everyone to answer or to be given up, for a single round. */
export const longEnough = ms(patience + 1000);
