// lifeboat wal switch: ends the current segment on the primary, and waits until everything before is kept.

import { makeSite } from '../drivers/site.ts';
import { exits, Fault } from '../faults.ts';
import { isSilent } from '../ports.ts';
import { parseLsn, showLsn } from '../postgres/lsn.ts';
import { lastSegmentName } from '../postgres/segment.ts';
import { parseTimeline } from '../postgres/timeline.ts';
import { jsonText } from '../report/plain-data.ts';
import { walKept } from '../repo/wal-catalog.ts';
import { ms, parseDuration, seconds, showDuration } from '../time.ts';
import type { InventoryOptions } from './inventory-file.ts';
import { openForCluster } from './open-repository.ts';
import type { Terminal } from './terminal.ts';
import { WalSources } from './wal-source.ts';

export interface WalSwitchOptions extends InventoryOptions {
  readonly timeout?: string;
  readonly json?: boolean;
}

export async function walSwitch(terminal: Terminal, options: WalSwitchOptions): Promise<number> {
  const within = parseDuration(options.timeout ?? '60s');
  if (within === undefined) throw new Fault('usage', `--timeout takes a duration, not "${options.timeout ?? ''}"`);
  const { cluster, repo } = await openForCluster(terminal, options);
  const site = makeSite(cluster);
  const sources = new WalSources(cluster, site, cluster.backup.slot);
  try {
    const node = await sources.primary();
    const survey = await site.host(node).survey(seconds(10));
    if (isSilent(survey) || survey.control === null)
      throw new Fault('unreachable', 'it cannot be looked at', { on: node });
    const guard = {
      hostKey: survey.hostKey,
      systemId: survey.control.systemIdentifier,
      role: 'primary',
      lock: null,
    } as const;
    const answer = await site.host(node).sql({ text: switchSql }, guard, seconds(30), () => Promise.resolve());
    if (answer.is !== 'rows') {
      throw new Fault('failed', answer.is === 'error' ? answer.message : 'the switch was not answered', { on: node });
    }
    const [line, end] = [parseTimeline(answer.rows[0]?.[0] ?? ''), parseLsn(answer.rows[0]?.[1] ?? '')];
    if (line === undefined || end === undefined)
      throw new Fault('failed', 'pg_switch_wal() gave no position', { on: node });
    const { segmentSize } = await walKept(repo);
    const segment = lastSegmentName(line, end, segmentSize);
    const began = repo.clock.ticks();
    while (!(await isThere())) {
      if (repo.clock.ticks() - began > within) {
        throw new Fault('failed', `segment "${segment}" is not kept after ${showDuration(within)}`, {
          on: node,
          hint: 'who brings it? lifeboat wal status',
        });
      }
      await repo.clock.sleep(ms(100));
    }
    if (options.json === true) terminal.out(`${jsonText({ node, timeline: line, lsn: end, segment })}\n`);
    else terminal.out(`${node}: WAL up to ${showLsn(end)} is kept; its last segment is ${segment}\n`);
    return exits.ok;

    async function isThere(): Promise<boolean> {
      const { stretches } = await walKept(repo);
      return stretches.some(one => one.timeline === line && end !== undefined && one.from < end && end <= one.to);
    }
  } finally {
    await Promise.all([sources.close(), site.close()]);
  }
}

/** The end of the switch record; on an idle server the start of the segment that is in use, and nothing is switched (manual 9.27.3). */
const switchSql = `select ('x' || left(pg_walfile_name(lsn), 8))::bit(32)::bigint::text, lsn::text from pg_switch_wal() as lsn`;
